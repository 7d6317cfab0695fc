import { Button, Checkbox, Popover, ScrollArea, Stack } from "@mantine/core";
import { IconColumns } from "@tabler/icons-react";
import type { Schemas } from "../../api/client";
import { emptyView, hide, ordered, show, type View } from "../../grid/view";

/** Which columns are shown. */
export function ColumnsMenu({
  fields,
  view,
  onView,
}: {
  fields: Schemas["Field"][];
  view: View;
  onView: (v: View) => void;
}) {
  const hidden = fields.filter((f) => view.hidden.includes(f.field)).length;
  return (
    <Popover position="bottom-start" shadow="md" width={240} trapFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" leftSection={<IconColumns size={14} />}>
          Columns{hidden > 0 ? ` · ${hidden} hidden` : ""}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label="Columns">
        <ScrollArea.Autosize mah={340}>
          <Stack gap={6} p={4}>
            {ordered(fields, view).map((f) => (
              <Checkbox
                key={f.field}
                label={f.label}
                checked={!view.hidden.includes(f.field)}
                onChange={(e) => onView(e.currentTarget.checked ? show(view, f.field) : hide(view, f.field))}
              />
            ))}
          </Stack>
        </ScrollArea.Autosize>
        <Button variant="subtle" color="gray" fullWidth mt={6} onClick={() => onView(emptyView)}>
          As it was at first
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

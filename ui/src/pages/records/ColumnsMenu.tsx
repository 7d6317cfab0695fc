import { Button, Checkbox, Group, Popover, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { IconColumns } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Entity, Schemas } from "../../api/client";
import { hubQuery } from "../../api/queries/hub";
import { emptyView, hide, ordered, show, type View } from "../../grid/view";

type Props = {
  of: { entity?: Entity; audience?: string };
  fields: Schemas["Field"][];
  view: View;
  onView: (v: View) => void;
};

/** Which columns are shown: found by their names, or by what is missing in them. */
export function ColumnsMenu({ of, fields, view, onView }: Props) {
  const [opened, setOpened] = useState(false);
  const hidden = fields.filter((f) => view.hidden.includes(f.field)).length;
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width={260} trapFocus>
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconColumns size={14} />}
          onClick={() => setOpened((o) => !o)}
        >
          Columns{hidden > 0 ? ` · ${hidden} hidden` : ""}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label="Columns">
        {opened && <Columns of={of} fields={fields} view={view} onView={onView} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Columns({ of, fields, view, onView }: Props) {
  const [search, setSearch] = useState("");
  const [gaps, setGaps] = useState(false);
  const hub = useQuery({ ...hubQuery(of), staleTime: 30_000 }).data;
  const rates = new Map(hub?.fields.map((f) => [f.field, f.rate]));
  const text = search.trim().toLowerCase();
  const listed = ordered(fields, view)
    .filter((f) => f.label.toLowerCase().includes(text) || f.field.includes(text))
    .filter((f) => !gaps || (rates.get(f.field) ?? 1) < 1);
  const all = (how: (v: View, key: string) => View) => onView(listed.reduce((v, f) => how(v, f.field), view));
  return (
    <>
      <TextInput
        aria-label="Find a column"
        placeholder="Find a column"
        data-autofocus
        value={search}
        onChange={(e) => setSearch(e.currentTarget.value)}
      />
      <Checkbox
        mt={8}
        mx={4}
        label="Only those with gaps"
        checked={gaps}
        onChange={(e) => setGaps(e.currentTarget.checked)}
      />
      <ScrollArea.Autosize mah={320} mt={4}>
        <Stack gap={6} p={4}>
          {listed.map((f) => (
            <Checkbox
              key={f.field}
              label={f.label}
              checked={!view.hidden.includes(f.field)}
              onChange={(e) => onView(e.currentTarget.checked ? show(view, f.field) : hide(view, f.field))}
            />
          ))}
          {listed.length === 0 && <Text c="dimmed">No column is like that.</Text>}
        </Stack>
      </ScrollArea.Autosize>
      <Group gap={4} mt={6} grow>
        <Button variant="subtle" color="gray" onClick={() => all(show)}>
          Show {text || gaps ? "these" : "all"}
        </Button>
        <Button variant="subtle" color="gray" onClick={() => all(hide)}>
          Hide {text || gaps ? "these" : "all"}
        </Button>
      </Group>
      <Button variant="subtle" color="gray" fullWidth mt={2} onClick={() => onView({ ...view, ...emptyView })}>
        Back to the usual columns
      </Button>
    </>
  );
}

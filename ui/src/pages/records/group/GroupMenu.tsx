import { Button, Popover, SegmentedControl, Stack } from "@mantine/core";
import { IconLayoutRows } from "@tabler/icons-react";
import { useState } from "react";
import type { Schemas } from "../../../api/client";
import { Picker } from "../../../ui/Picker";
import { type GroupBy, groupText, waysOf } from "./groups";

const words: Record<GroupBy["how"], string> = { value: "Each value", filled: "Filled or blank", status: "Status" };

type Props = { fields: Schemas["Field"][]; by: GroupBy | undefined; onGroup: (text: string | undefined) => void };

/** By what the rows are put together. */
export function GroupMenu({ fields, by, onGroup }: Props) {
  const [opened, setOpened] = useState(false);
  const ways = by ? waysOf(by.field) : [];
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width={300} trapFocus>
      <Popover.Target>
        <Button
          variant={by ? "light" : "subtle"}
          color={by ? undefined : "gray"}
          leftSection={<IconLayoutRows size={14} />}
          onClick={() => setOpened((o) => !o)}
        >
          {by ? `By ${by.field.label}` : "Group"}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Group">
        <Stack gap="sm">
          <Picker
            label="Group by"
            placeholder="Choose a field"
            data-autofocus={by ? undefined : true}
            comboboxProps={{ withinPortal: false }}
            data={fields.map((f) => ({ value: f.field, label: f.label }))}
            value={by?.field.field ?? null}
            onChange={(key) => {
              const field = fields.find((f) => f.field === key);
              if (field) onGroup(groupText(waysOf(field)[0] ?? "value", field.field));
            }}
          />
          {by && ways.length > 1 && (
            <SegmentedControl
              aria-label="How"
              value={by.how}
              onChange={(how) => onGroup(groupText(how as GroupBy["how"], by.field.field))}
              data={ways.map((how) => ({ value: how, label: words[how] }))}
            />
          )}
          {by && (
            <Button
              variant="subtle"
              color="gray"
              data-autofocus
              onClick={() => {
                onGroup(undefined);
                setOpened(false);
              }}
            >
              Do not group
            </Button>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

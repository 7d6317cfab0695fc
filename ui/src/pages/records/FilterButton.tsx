import { Button, Popover, Group as Row, Text } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilter } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Entity } from "../../api/client";
import { alsoLately } from "../../grid/signal";
import { read, write } from "../audiences/builder/cel";
import { FilterBuilder } from "../audiences/builder/FilterBuilder";
import { clauseOf, emptyGroup, type Group, pruned } from "../audiences/builder/tree";
import { useReadables } from "../audiences/builder/useReadables";

type Props = {
  entity: Entity;
  where: string;
  opened: boolean;
  /** A field to begin a condition with. */
  field?: string;
  onOpen: (open: boolean) => void;
  onChange: (where: string) => void;
  onSave?: (where: string) => void;
  /** Offers those to whom something happened lately. */
  happens?: boolean;
};

/** Narrows the grid; the address holds what was built. */
export function FilterButton({ entity, where, opened, field, onOpen, onChange, onSave, happens }: Props) {
  const { readables, types, ready } = useReadables(entity);
  const [tree, setTree] = useState<Group>(emptyGroup);
  const settle = useDebouncedCallback(onChange, 350);
  const conditions = ready ? (read(where, types)?.items.length ?? 1) : 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: begins anew when it opens
  useEffect(() => {
    if (!opened || !ready) return;
    const now = read(where, types) ?? { ...emptyGroup(), items: [{ kind: "raw" as const, text: where }] };
    const wanted =
      readables.find((r) => r.name === (field ?? "")) ?? (now.items.length === 0 ? readables[1] : undefined);
    if (!wanted) setTree(now);
    else if (now.join === "and" && !now.not) setTree({ ...now, items: [...now.items, clauseOf(wanted)] });
    else setTree({ ...emptyGroup(), items: [now, clauseOf(wanted)] });
  }, [opened, ready, field]);

  const change = (g: Group) => {
    setTree(g);
    settle(write(pruned(g), types));
  };
  return (
    <Popover
      opened={opened}
      onChange={onOpen}
      position="bottom-start"
      middlewares={{ flip: { crossAxis: false }, shift: { padding: 8 } }}
      shadow="md"
      width={620}
      withinPortal
      trapFocus
    >
      <Popover.Target>
        <Button
          variant={where ? "light" : "subtle"}
          color={where ? undefined : "gray"}
          leftSection={<IconFilter size={14} />}
          onClick={() => onOpen(!opened)}
        >
          {where ? `Filter · ${conditions}` : "Filter"}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="96vw" aria-label="Filter">
        <FilterBuilder entity={entity} value={tree} onChange={change} readables={readables} />
        <Row justify="space-between" mt="sm">
          {happens ? (
            <Button
              variant="subtle"
              onClick={() => {
                onChange(alsoLately(where));
                onOpen(false);
              }}
            >
              Signals of the last 30 days
            </Button>
          ) : (
            <Text c="dimmed" size="xs">
              The grid follows as you build.
            </Text>
          )}
          <Row gap={6}>
            {where && (
              <Button
                variant="default"
                onClick={() => {
                  setTree(emptyGroup());
                  onChange("");
                }}
              >
                Clear
              </Button>
            )}
            {where && onSave && <Button onClick={() => onSave(where)}>Save as an audience</Button>}
          </Row>
        </Row>
      </Popover.Dropdown>
    </Popover>
  );
}

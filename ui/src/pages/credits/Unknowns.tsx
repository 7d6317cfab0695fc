import { Button, Checkbox, Group, Menu, Skeleton, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { unknownsQuery, useResolve } from "../../api/queries/money";
import { Confirm } from "../../ui/Confirm";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { useAnyFieldLabel, useEnrichmentLabel, useProviderTitle } from "../../ui/labels";
import { creditsText, formatCredits, fromMicro, micro } from "../../ui/money";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { count, readable } from "../../ui/time";

type Action = Schemas["ResolveUnknownsRequest"]["action"];
const actions: { action: Action; label: string; means: string }[] = [
  { action: "not_billed", label: "It was not billed", means: "Releases the money; the rows may be asked again." },
  { action: "write_off", label: "Count it as spent", means: "Counts the held price as spent and ends the rows." },
  {
    action: "retry",
    label: "Ask again (may pay again)",
    means: "Counts the held price as spent, and asks the provider once more.",
  },
  {
    action: "found",
    label: "I know what it found",
    means: "Writes the value that you give, at the price that was billed.",
  },
];

/** How many calls are listed; all of them may be chosen. */
const shown = 200;

/** Calls that may have been billed: a person says what happened. */
export function Unknowns() {
  const called = useEnrichmentLabel();
  const provider = useProviderTitle();
  const field = useAnyFieldLabel();
  const { data, error, refetch } = useQuery(unknownsQuery());
  const [chosen, setChosen] = useState<Set<number>>(new Set());
  const [action, setAction] = useState<(typeof actions)[number] | null>(null);
  const items = data?.items ?? [];
  const ids = items.map((u) => u.id).filter((id) => chosen.has(id));
  if (error && !data) return <ErrorNote error={error} retry={refetch} />;
  if (!data) return <Skeleton h={120} />;
  if (items.length === 0) {
    return (
      <EmptyState icon={<IconShieldCheck size={30} stroke={1.5} />} title="Nothing to resolve">
        If a call is cut off after it was sent, nobody can know whether it was billed. Its credits are held here until
        you decide, and it is never sent again on its own.
      </EmptyState>
    );
  }
  const held = fromMicro(items.filter((u) => chosen.has(u.id)).reduce((n, u) => n + micro(u.held_credits), 0n));
  return (
    <Stack gap="sm">
      <Group>
        <Menu>
          <Menu.Target>
            <May to="spend">
              <Button disabled={ids.length === 0}>Resolve {ids.length > 0 ? count(ids.length, "call") : ""}</Button>
            </May>
          </Menu.Target>
          <Menu.Dropdown>
            {actions.map((a) => (
              <Menu.Item
                key={a.action}
                disabled={a.action === "found" && ids.length !== 1}
                onClick={() => setAction(a)}
              >
                {a.label}
                <Text size="xs" c="dimmed">
                  {a.means}
                </Text>
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Text c="dimmed">Look the calls up with the provider, then say what happened.</Text>
      </Group>
      <div className="panel scroll-x">
        <Table className="stack" miw={760}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={30}>
                <Checkbox
                  aria-label="Choose all"
                  checked={ids.length === items.length}
                  indeterminate={ids.length > 0 && ids.length < items.length}
                  onChange={(e) => setChosen(new Set(e.currentTarget.checked ? items.map((u) => u.id) : []))}
                />
              </Table.Th>
              <Table.Th>Record</Table.Th>
              <Table.Th>Enrichment</Table.Th>
              <Table.Th>Fields</Table.Th>
              <Table.Th>Provider</Table.Th>
              <Table.Th>What happened</Table.Th>
              <Table.Th ta="right">Held</Table.Th>
              <Table.Th>When</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.slice(0, shown).map((u) => (
              <Table.Tr key={u.id}>
                <Table.Td>
                  <Checkbox
                    aria-label={`Choose ${u.record}`}
                    checked={chosen.has(u.id)}
                    onChange={(e) => {
                      const next = new Set(chosen);
                      if (e.currentTarget.checked) next.add(u.id);
                      else next.delete(u.id);
                      setChosen(next);
                    }}
                  />
                </Table.Td>
                <Table.Td data-rest>{u.record || `#${u.record_id}`}</Table.Td>
                <Table.Td>{called(u.enrichment)}</Table.Td>
                <Table.Td data-label="→">{(u.fields ?? []).map(field).join(", ")}</Table.Td>
                <Table.Td>{provider(u.provider)}</Table.Td>
                <Table.Td c="dimmed" data-line>
                  {readable(u.message)}
                </Table.Td>
                <Table.Td ta="right" className="tabular" data-label="Held">
                  {formatCredits(u.held_credits)}
                </Table.Td>
                <Table.Td c="dimmed">
                  <TimeAgo at={u.at} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {items.length > shown && (
        <Text c="dimmed" ta="center">
          And {count(items.length - shown, "call")} more: the box above chooses all {grouped(items.length)}.
        </Text>
      )}
      {action && (
        <Resolve
          {...action}
          ids={ids}
          held={held}
          onClose={() => {
            setAction(null);
            setChosen(new Set());
          }}
        />
      )}
    </Stack>
  );
}

type ResolveProps = {
  action: Action;
  label: string;
  means: string;
  ids: number[];
  held: string;
  onClose: () => void;
};

function Resolve({ action, label, means, ids, held, onClose }: ResolveProps) {
  const resolve = useResolve();
  const [value, setValue] = useState("");
  const [credits, setCredits] = useState("");
  const found = action === "found" ? { value, credits: credits || undefined } : {};
  return (
    <Confirm
      opened
      title={label}
      action={`${label}: ${creditsText(held)}`}
      disabled={action === "found" && !value}
      busy={resolve.isPending}
      error={resolve.error}
      onClose={onClose}
      onConfirm={() => resolve.mutate({ action, ids, ...found }, { onSuccess: onClose })}
    >
      <Text>{means}</Text>
      {action === "found" && (
        <>
          <TextInput label="The value" value={value} onChange={(e) => setValue(e.currentTarget.value)} />
          <TextInput
            label="What was billed, in credits"
            value={credits}
            onChange={(e) => setCredits(e.currentTarget.value)}
          />
        </>
      )}
    </Confirm>
  );
}

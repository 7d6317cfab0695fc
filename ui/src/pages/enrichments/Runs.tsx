import { Anchor, Button, Group, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { overwritesQuery, runsQuery } from "../../api/queries/runs";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { Money } from "../../ui/MoneyText";
import { Waiting } from "../../ui/Waiting";

type Run = Schemas["RunView"];

const counted = (n: number | null | undefined) => (n == null ? "not counted" : grouped(n));

/** Each run: what it cost, filled and overwrote, and why each overwrite was allowed. */
export function Runs({ name }: { name: string }) {
  const q = useInfiniteQuery(runsQuery(name));
  const [open, setOpen] = useState<number>();
  const runs = (q.data?.pages ?? []).flatMap((p) => p.items ?? []);
  if (q.error) return <ErrorNote error={q.error} retry={() => void q.refetch()} />;
  if (q.isPending) return <Waiting />;
  if (runs.length === 0) return <Text c="dimmed">No runs yet.</Text>;
  const shown = runs.find((r) => r.id === open);
  return (
    <Stack gap="md">
      <ScrollArea>
        <Table className="stack" miw={760} aria-label="Runs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Run</Table.Th>
              <Table.Th>Started</Table.Th>
              <Table.Th>By</Table.Th>
              <Table.Th ta="right">Spent</Table.Th>
              <Table.Th ta="right">Filled</Table.Th>
              <Table.Th ta="right">Overwritten</Table.Th>
              <Table.Th ta="right">Blanked</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {runs.map((r) => (
              <Table.Tr key={r.id} bg={r.id === open ? "var(--fettle-hover)" : undefined}>
                <Table.Td>
                  <Anchor
                    component="button"
                    type="button"
                    underline="always"
                    aria-expanded={r.id === open}
                    onClick={() => setOpen(r.id === open ? undefined : r.id)}
                  >
                    {r.kind} {r.id}
                  </Anchor>
                </Table.Td>
                <Table.Td data-line style={{ whiteSpace: "nowrap" }}>
                  {new Date(r.started_at).toLocaleString()}
                </Table.Td>
                <Table.Td data-label="By">{r.actor}</Table.Td>
                <Table.Td ta="right" data-label="Spent">
                  <Money credits={r.spent_credits} />
                </Table.Td>
                <Table.Td ta="right" data-label="Filled" className="tabular">
                  {counted(r.fills)}
                </Table.Td>
                <Table.Td ta="right" data-label="Overwritten" className="tabular">
                  {counted(r.overwrites)}
                </Table.Td>
                <Table.Td ta="right" data-label="Blanked" className="tabular">
                  {counted(r.empty_over_value)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      {q.hasNextPage && (
        <Group>
          <Button variant="default" loading={q.isFetchingNextPage} onClick={() => void q.fetchNextPage()}>
            Older runs
          </Button>
        </Group>
      )}
      {shown && <Overwrites name={name} run={shown} />}
      <Text size="xs" c="dimmed">
        An empty answer never replaces a value, so Blanked is 0 in every run.
      </Text>
    </Stack>
  );
}

function Overwrites({ name, run }: { name: string; run: Run }) {
  const q = useInfiniteQuery(overwritesQuery(name, run.id));
  const list = (q.data?.pages ?? []).flatMap((p) => p.items ?? []);
  return (
    <section className="panel" style={{ padding: 16 }} aria-label={`Overwritten by run ${run.id}`}>
      <Group justify="space-between" mb="xs">
        <Text fw={600}>
          What {run.kind} {run.id} overwrote
        </Text>
        <Text size="sm">
          <Link to="/undo">Take the run back</Link>
        </Text>
      </Group>
      {q.error ? (
        <ErrorNote error={q.error} retry={() => void q.refetch()} />
      ) : q.isPending ? (
        <Waiting />
      ) : list.length === 0 && !q.hasNextPage ? (
        <Text c="dimmed">Nothing was overwritten.</Text>
      ) : (
        <ScrollArea>
          <Table miw={760}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Record</Table.Th>
                <Table.Th>Field</Table.Th>
                <Table.Th>Before</Table.Th>
                <Table.Th>After</Table.Th>
                <Table.Th>Allowed because</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.map((x) => (
                <Table.Tr key={`${x.record_id}-${x.field}-${x.at}`}>
                  <Table.Td>{x.record}</Table.Td>
                  <Table.Td>{x.field}</Table.Td>
                  <Table.Td>{text(x.before)}</Table.Td>
                  <Table.Td>{text(x.after)}</Table.Td>
                  <Table.Td>{x.why}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
      {q.hasNextPage && (
        <Button mt="sm" variant="default" loading={q.isFetchingNextPage} onClick={() => void q.fetchNextPage()}>
          More
        </Button>
      )}
    </section>
  );
}

const text = (v: unknown) => (v == null ? "" : typeof v === "string" ? v : JSON.stringify(v));

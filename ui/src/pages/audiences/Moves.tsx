import { Anchor, Button, Group, SegmentedControl, Stack, Table, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { movesQuery } from "../../api/queries/audiences";
import { ErrorNote } from "../../ui/ErrorNote";
import { Waiting } from "../../ui/Waiting";

/** Who entered and who left between two dates, with what did it. */
export function Moves({ audience: a }: { audience: Schemas["AudienceView"] }) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [filter, setFilter] = useState<"today" | "then">("today");
  const q = useInfiniteQuery(movesQuery(a.name, from, to, filter));
  const pages = q.data?.pages ?? [];
  const moves = pages
    .flatMap((p) => [
      ...(p.entered ?? []).map((m) => ({ ...m, how: "entered" })),
      ...(p.left ?? []).map((m) => ({ ...m, how: "left" })),
    ])
    .sort((x, y) => x.at.localeCompare(y.at));
  return (
    <Stack gap="md" maw={900}>
      <Group align="flex-end">
        <TextInput type="date" label="After the end of" value={from} onChange={(e) => setFrom(e.currentTarget.value)} />
        <TextInput type="date" label="Until the end of" value={to} onChange={(e) => setTo(e.currentTarget.value)} />
        <SegmentedControl
          aria-label="By which filter"
          value={filter}
          onChange={(v) => setFilter(v === "then" ? "then" : "today")}
          data={[
            { value: "today", label: "Today's filter" },
            { value: "then", label: "The filter at the time" },
          ]}
        />
      </Group>
      {q.error ? (
        <ErrorNote error={q.error} retry={() => void q.refetch()} />
      ) : q.isPending ? (
        <Waiting />
      ) : moves.length === 0 ? (
        <Text c="dimmed">Nobody entered or left.</Text>
      ) : (
        <div className="panel scroll-x">
          <Table className="stack">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th />
                <Table.Th>Record</Table.Th>
                <Table.Th>Why</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {moves.map((m) => (
                <Table.Tr key={`${m.record_id}-${m.at}-${m.how}`}>
                  <Table.Td>{new Date(m.at).toLocaleString()}</Table.Td>
                  <Table.Td>{m.how}</Table.Td>
                  <Table.Td>
                    <Anchor
                      inherit
                      renderRoot={(props) => (
                        <Link
                          {...props}
                          to={a.entity === "companies" ? "/companies" : "/people"}
                          search={{ record: m.record_id }}
                        />
                      )}
                    >
                      {m.name || `Record ${m.record_id}`}
                    </Anchor>
                  </Table.Td>
                  <Table.Td data-line>{m.text}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {q.hasNextPage && (
        <Button variant="default" loading={q.isFetchingNextPage} onClick={() => void q.fetchNextPage()}>
          More
        </Button>
      )}
      {pages[0] && (
        <Text size="xs" c="dimmed">
          From {new Date(pages[0].from).toLocaleString()} to {new Date(pages[0].to).toLocaleString()}. The history
          begins on {new Date(pages[0].history_since).toLocaleDateString()}.
          {pages[0].erased ? ` ${pages[0].erased} erased since, not included.` : ""}
        </Text>
      )}
    </Stack>
  );
}

import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type Destination, sentQuery, useReplaySent } from "../../api/queries/flows";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import { outcomeWords } from "./words";

/** What was tried and what came of it. */
export function SentLog({ of }: { of: Destination }) {
  const log = useInfiniteQuery(sentQuery(of.name));
  const replay = useReplaySent(of.name);
  const items = log.data?.pages.flatMap((p) => p.items ?? []) ?? [];
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text fw={600} component="h3">
          What was sent
        </Text>
        {of.failed > 0 && (
          <May to="rule">
            <Button
              size="compact-sm"
              variant="default"
              loading={replay.isPending}
              onClick={() => replay.mutate({ failed: true })}
            >
              Send {grouped(of.failed)} again
            </Button>
          </May>
        )}
      </Group>
      <ErrorNote error={replay.error ?? log.error} />
      {log.data && items.length === 0 && <Text c="dimmed">Nothing was sent yet.</Text>}
      {items.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table aria-label="What was sent">
            <Table.Tbody>
              {items.map((s) => (
                <Table.Tr key={s.id}>
                  <Table.Td c="dimmed">
                    <TimeAgo at={s.at} />
                  </Table.Td>
                  <Table.Td>{s.remote_id || `record ${s.record_id}`}</Table.Td>
                  <Table.Td>
                    <Text size="sm">{outcomeWords[s.outcome]}</Text>
                    {s.message && (
                      <Text size="xs" c="dimmed">
                        {readable(s.message)}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    {(s.changes ?? []).map((c) => (
                      <Text key={c.property} size="sm">
                        {c.property}: {c.before || "blank"} → {c.after}
                      </Text>
                    ))}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {log.hasNextPage && (
        <Button
          variant="default"
          loading={log.isFetchingNextPage}
          onClick={() => log.fetchNextPage()}
          style={{ alignSelf: "flex-start" }}
        >
          Show older ones
        </Button>
      )}
    </Stack>
  );
}

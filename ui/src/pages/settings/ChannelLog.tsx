import { Button, Group, Select, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Channel, type DeliveryState, deliveriesQuery, useReplay } from "../../api/queries/channels";
import { ErrorNote } from "../../ui/ErrorNote";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";

const states: { value: DeliveryState; label: string }[] = [
  { value: "pending", label: "waiting or gathered" },
  { value: "sent", label: "sent" },
  { value: "failed", label: "given up" },
  { value: "dropped", label: "dropped" },
];

/** The messages of a channel, the newest first, and what became of each. */
export function ChannelLog({ of }: { of: Channel }) {
  const [state, setState] = useState<DeliveryState>();
  const log = useInfiniteQuery(deliveriesQuery(of.name, state));
  const { data, error, refetch } = log;
  const replay = useReplay(of.name);
  const items = data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Stack gap="sm">
      <ErrorNote error={error ?? replay.error} retry={refetch} />
      {!data && !error && <Waiting rows={4} />}
      <Select
        label="Only what is"
        w={220}
        data={states}
        value={state ?? null}
        placeholder="in any state"
        clearable
        onChange={(v) => setState((v as DeliveryState | null) ?? undefined)}
      />
      {data && items.length === 0 && (
        <Text c="dimmed">{state ? "Nothing is in this state." : "Nothing was sent yet."}</Text>
      )}
      {of.failed > 0 && (
        <May to="rule">
          <Button
            variant="default"
            loading={replay.isPending}
            onClick={() => replay.mutate({ failed: true })}
            style={{ alignSelf: "flex-start" }}
          >
            Send again what was given up
          </Button>
        </May>
      )}
      {items.length > 0 && (
        <Table>
          <Table.Tbody>
            {items.map((d) => (
              <Table.Tr key={`${d.id}-${d.at}`}>
                <Table.Td>
                  <Text size="sm" style={{ whiteSpace: "pre-line" }}>
                    {readable(d.message)}
                  </Text>
                  <Text c="dimmed" size="xs">
                    {d.type}, {d.id}
                    {d.events > 1 && `, with ${d.events - 1} more`}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Text size="sm">{d.state}</Text>
                  <Text c="dimmed" size="xs">
                    {d.tries === 1 ? "1 try" : `${d.tries} tries`}
                    {d.error && `: ${d.error}`}
                  </Text>
                </Table.Td>
                <Table.Td c="dimmed">
                  <TimeAgo at={d.at} />
                </Table.Td>
                <Table.Td>
                  <Group justify="flex-end">
                    {(d.state === "sent" || d.state === "failed") && (
                      <May to="rule">
                        <Button
                          size="compact-sm"
                          variant="default"
                          aria-label={`Send ${d.id} again`}
                          onClick={() => replay.mutate({ id: d.id })}
                        >
                          Send again
                        </Button>
                      </May>
                    )}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
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

import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type Channel, deliveriesQuery, useReplay } from "../../api/queries/channels";
import { ErrorNote } from "../../ui/ErrorNote";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { Waiting } from "../../ui/Waiting";

/** The messages of a channel, the newest first, and what became of each. */
export function ChannelLog({ of }: { of: Channel }) {
  const { data, error, refetch } = useQuery(deliveriesQuery(of.name));
  const replay = useReplay(of.name);
  const items = data?.items ?? [];
  return (
    <Stack gap="sm">
      <ErrorNote error={error ?? replay.error} retry={refetch} />
      {!data && !error && <Waiting rows={4} />}
      {data && items.length === 0 && <Text c="dimmed">Nothing was sent yet.</Text>}
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
                  <Text size="sm">{d.message}</Text>
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
    </Stack>
  );
}

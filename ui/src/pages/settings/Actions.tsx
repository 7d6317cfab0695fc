import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { useActions } from "../../api/queries/account";
import { ErrorNote } from "../../ui/ErrorNote";
import { TimeAgo } from "../../ui/TimeAgo";

/** The log of who did what, newest first. */
export function Actions() {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useActions();
  const items = data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <section>
      <Stack gap="sm">
        <div>
          <Text fw={600} component="h2">
            Who did what
          </Text>
          <Text c="dimmed">Every start, pause, limit, grant, key, person and token; nobody can change it here.</Text>
        </div>
        <ErrorNote error={error} />
        {data && items.length === 0 && <Text c="dimmed">Nothing has been done yet.</Text>}
        {items.length > 0 && (
          <div className="panel">
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>When</Table.Th>
                  <Table.Th>Who</Table.Th>
                  <Table.Th>Did</Table.Th>
                  <Table.Th>To</Table.Th>
                  <Table.Th>With</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((a) => (
                  <Table.Tr key={a.id}>
                    <Table.Td c="dimmed">
                      <TimeAgo at={a.at} />
                    </Table.Td>
                    <Table.Td>{a.actor}</Table.Td>
                    <Table.Td>{a.action}</Table.Td>
                    <Table.Td>{a.object}</Table.Td>
                    <Table.Td c="dimmed">{a.detail}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
        {hasNextPage && (
          <Group>
            <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Older
            </Button>
          </Group>
        )}
      </Stack>
    </section>
  );
}

import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { useActions } from "../../api/queries/account";
import { ErrorNote } from "../../ui/ErrorNote";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";

const deeds: Record<string, string> = {
  "enrichment.limit": "set the limit of",
  "enrichment.pilot": "tried 10 rows of",
  "enrichment.chosen": "ran chosen rows of",
  "enrichment.point": "pointed",
  limit: "set the limit of",
  price: "changed the price of",
  restore: "restored the workspace",
  copy: "copied the workspace",
  "user.join": "joined as",
  "user.link": "made a link for",
  "user.invite": "invited",
  "user.password": "changed the password of",
  "user.change": "changed the person",
  "provider.define": "defined the provider",
};
const pasts: Record<string, string> = {
  grant: "granted",
  reset: "reset",
  raise: "raised",
  retry: "retried",
  rerun: "ran again",
};

/** "enrichment.start" → "started the enrichment". */
export function did(action: string): string {
  const [noun = "", verb] = action.split(".");
  if (deeds[action]) return deeds[action];
  if (!verb) return action.replaceAll("_", " ");
  const past = pasts[verb] ?? `${verb.replace(/e$/, "")}ed`;
  return `${past.replaceAll("_", " ")} the ${noun}`;
}

/** The log of who did what, newest first. */
export function Actions() {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useActions();
  const items = data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <section>
      <Stack gap="sm">
        <div>
          <Text fw={600} component="h2">
            Activity log
          </Text>
          <Text c="dimmed">Every start, pause, limit, grant, key, person and token; nobody can change it here.</Text>
        </div>
        <ErrorNote error={error} />
        {data && items.length === 0 && <Text c="dimmed">Nothing has been done yet.</Text>}
        {items.length > 0 && (
          <div className="panel scroll-x">
            <Table className="stack" miw={560}>
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
                    <Table.Td c="dimmed" style={{ whiteSpace: "nowrap" }}>
                      <TimeAgo at={a.at} />
                    </Table.Td>
                    <Table.Td>{a.actor}</Table.Td>
                    <Table.Td style={{ whiteSpace: "nowrap" }}>{did(a.action)}</Table.Td>
                    <Table.Td>{a.object}</Table.Td>
                    <Table.Td c="dimmed" data-line={a.detail ? true : undefined}>
                      {readable(a.detail ?? "")}
                    </Table.Td>
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

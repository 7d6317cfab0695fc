import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { auditQuery } from "../../api/queries/workspace";
import { ErrorNote } from "../../ui/ErrorNote";
import { readable } from "../../ui/time";

/** Recomputes every balance from the journal and compares. */
export function Audit() {
  const { data, error, refetch, isFetching } = useQuery(auditQuery);
  return (
    <section>
      <Stack gap="sm">
        <div>
          <Text fw={600} component="h2">
            Audit
          </Text>
          <Text c="dimmed">Recomputes every balance from the journal and compares it with what is stored.</Text>
        </div>
        <Group>
          <Button variant="default" loading={isFetching} onClick={() => void refetch()}>
            Audit now
          </Button>
        </Group>
        <ErrorNote error={error} />
        {data && (
          <Alert
            color={data.ok ? "teal" : "red"}
            title={data.ok ? "Every balance is what the journal says" : "Something disagrees"}
          >
            <List size="xs">
              {(data.checks ?? []).map((c) => (
                <List.Item key={c.name}>
                  {c.ok ? "✓" : "✗"} {c.name}
                  {c.detail ? `: ${readable(c.detail)}` : ""}
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
      </Stack>
    </section>
  );
}

import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { ApiError } from "../api/client";

/** What went wrong and what to do next, as the server says it. */
export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  const known = error instanceof ApiError ? error : null;
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle size={16} />}
      role="alert"
      title={(error as Error).message || String(error)}
    >
      {known?.hint && <Text>{known.hint}</Text>}
      {known?.code === "internal" && known.requestId && (
        <Text c="dimmed" size="xs">
          Request {known.requestId} in the server's log.
        </Text>
      )}
      {retry && (
        <Group mt="xs">
          <Button variant="default" onClick={retry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}

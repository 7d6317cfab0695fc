import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { ApiError } from "../api/client";
import { useExpired } from "../api/session";

/** What went wrong and what to do next, as the server says it. */
export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const expired = useExpired();
  const known = error instanceof ApiError ? error : null;
  // Whoever has to sign in again is asked to once, above the page.
  if (!error || (expired && known?.status === 401)) return null;
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
          Reference {known.requestId}, for whoever looks after the server.
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

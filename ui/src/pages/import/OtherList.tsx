import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import { ApiError, type Schemas } from "../../api/client";
import { ErrorNote } from "../../ui/ErrorNote";
import type { Plan } from "./ImportPage";

/** Why an import was refused: a question that can be answered here, or an error. */
export function Refused({
  error,
  change,
  retry,
}: {
  error: unknown;
  change: (c: Partial<Plan>) => void;
  retry?: () => void;
}) {
  const list = otherListOf(error);
  return list === null ? (
    <ErrorNote error={error} retry={retry} />
  ) : (
    <OtherList error={error} list={list} change={change} />
  );
}

/** The list that a refused import's ids may not be of; null if that is not why. */
function otherListOf(err: unknown): string | null {
  if (!(err instanceof ApiError) || err.details.ask !== "same_list") return null;
  return String(err.details.list ?? "");
}

/** The server's question whether a file is of the list whose name it has. Nothing is written before it is answered. */
function OtherList({ error, list, change }: { error: unknown; list: string; change: (c: Partial<Plan>) => void }) {
  const [name, setName] = useState("");
  return (
    <Alert color="yellow" icon={<IconAlertTriangle size={16} />} title="Is this the same list?" role="alert">
      <Stack gap="sm">
        <Text>{(error as Error).message}</Text>
        <Text>
          If it is another list, give it a name: its ids are kept apart then, and records are still known by their other
          keys.
        </Text>
        <Group align="end" gap="sm">
          <TextInput
            label="Name of this list"
            placeholder="webinar-2026"
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          <Button disabled={!name.trim() || name.trim() === list} onClick={() => change({ source: name.trim() })}>
            It is another list
          </Button>
          <Button variant="default" onClick={() => change({ sameList: true })}>
            It is the same list
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

/** Which column became the id, and in which list ids are compared. */
export function ListOf({ of: v }: { of: Pick<Schemas["ImportView"], "source" | "id_column"> }) {
  if (!v.id_column) return null;
  return (
    <Text>
      The id of each row is <strong>{v.id_column}</strong>, in the list <strong>{v.source}</strong>.
    </Text>
  );
}

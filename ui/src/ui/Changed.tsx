import { Alert, Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { ApiError } from "../api/client";

/** A part that somebody else has changed, or that is changed here: as it stands now, and as it is typed here. */
export type Difference = { what: string; theirs: string; mine: string };

type Props = {
  error: unknown;
  /** What differs, once what stands there now is loaded. */
  differs: Difference[] | undefined;
  busy: boolean;
  /** Loads what stands there now. */
  reload: () => void;
  /** Saves what is typed here over it. */
  onKeep: () => void;
  /** Gives up what is typed here. */
  onTake: () => void;
};

/** Whether a change was refused because somebody else had changed the thing since it was read. */
export const isChanged = (error: unknown) => error instanceof ApiError && error.details.changed === true;

/** Somebody else was faster: says what differs, and has one choose. Until then nothing is lost, here or there. */
export function Changed({ error, differs, busy, reload, onKeep, onTake }: Props) {
  const told = isChanged(error) ? error : undefined;
  const look = useRef(reload);
  look.current = reload;
  useEffect(() => {
    if (told) look.current();
  }, [told]);
  if (!told) return null;
  return (
    <Alert color="orange" icon={<IconUsers size={16} />} role="alert" title={(told as Error).message}>
      <Stack gap="xs">
        <Text size="sm">Nothing was saved yet, and what you typed is still here. Choose which of the two stays.</Text>
        {differs && differs.length > 0 && (
          <Table.ScrollContainer minWidth={320}>
            <Table aria-label="What differs" withRowBorders={false} verticalSpacing={2}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th />
                  <Table.Th>Theirs</Table.Th>
                  <Table.Th>Mine</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {differs.map((d) => (
                  <Table.Tr key={d.what}>
                    <Table.Th scope="row">{d.what}</Table.Th>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>{d.theirs || "blank"}</Table.Td>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>{d.mine || "blank"}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        {differs?.length === 0 && <Text size="sm">What they saved is what you have here.</Text>}
        <Group gap="xs">
          <Button variant="default" disabled={!differs} onClick={onTake}>
            Take theirs
          </Button>
          <Button variant="default" disabled={!differs} loading={busy} onClick={onKeep}>
            Keep mine
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

/** What differs between two: of each part what it is called, theirs and mine. */
export const differences = (parts: [what: string, theirs: string | undefined, mine: string | undefined][]) =>
  parts.filter(([, a = "", b = ""]) => a !== b).map(([what, theirs = "", mine = ""]) => ({ what, theirs, mine }));

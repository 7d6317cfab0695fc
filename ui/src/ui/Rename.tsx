import { ActionIcon, Button, Group, Stack, TextInput } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Labelled, labelQuery, useRename } from "../api/queries/labels";
import { Changed, differences, isChanged } from "./Changed";
import { Dialog } from "./Dialog";
import { ErrorNote } from "./ErrorNote";
import { Only } from "./Permitted";

type Props = { of: Labelled; name: string; label: string };

/** A pencil beside a label, to call the thing otherwise. Its name stays. */
export function Rename({ of, name, label }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Only to="edit">
      <ActionIcon aria-label={`Rename ${label}`} title="Rename" onClick={() => setOpen(true)}>
        <IconPencil size={15} />
      </ActionIcon>
      {open && <NewLabel of={of} name={name} label={label} onClose={() => setOpen(false)} />}
    </Only>
  );
}

function NewLabel({ of, name, label, onClose }: Props & { onClose: () => void }) {
  const now = useQuery(labelQuery(of, name));
  const [began, setBegan] = useState<{ label: string; tag?: string }>();
  const [typed, setTyped] = useState(label);
  const rename = useRename(of, name);
  if (!began && now.data) {
    setBegan(now.data);
    if (typed === label) setTyped(now.data.label); // the page may be older
  }
  const send = (tag: string | undefined) =>
    rename.mutate(
      { label: typed, tag },
      {
        onSuccess: onClose,
        onError: async (err) => {
          if (!isChanged(err)) return;
          // What else was changed of it is not what is changed here.
          const { data } = await now.refetch();
          if (data && data.label === began?.label && data.tag !== tag) {
            setBegan(data);
            send(data.tag);
          }
        },
      },
    );
  const theirs = now.data?.tag === began?.tag ? undefined : now.data;
  return (
    <Dialog opened onClose={onClose} title={`Rename ${label}`}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          send(began?.tag);
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            data-autofocus
            value={typed}
            onFocus={(e) => e.currentTarget.select()}
            onChange={(e) => setTyped(e.currentTarget.value)}
            description={`Files, the API and the journal keep calling it ${name}.`}
            inputWrapperOrder={["label", "input", "description", "error"]}
          />
          {isChanged(rename.error) ? (
            <Changed
              error={rename.error}
              differs={theirs && differences([["Name", theirs.label, typed]])}
              busy={rename.isPending}
              reload={() => {}}
              onKeep={() => send(theirs?.tag)}
              onTake={onClose}
            />
          ) : (
            <ErrorNote error={rename.error ?? now.error} />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!typed.trim() || !began} loading={rename.isPending}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

import { ActionIcon, Button, Group, Stack, TextInput } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useState } from "react";
import { type Labelled, useRename } from "../api/queries/labels";
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
  const [typed, setTyped] = useState(label);
  const rename = useRename(of, name);
  return (
    <Dialog opened onClose={onClose} title={`Rename ${label}`}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          rename.mutate(typed, { onSuccess: onClose });
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
          <ErrorNote error={rename.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!typed.trim()} loading={rename.isPending}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

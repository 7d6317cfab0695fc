import { Button, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { useNameWorkspace } from "../../api/queries/workspace";
import { ErrorNote } from "../../ui/ErrorNote";

/** What people call this workspace; `name` is what it is called now. */
export function WorkspaceName({ name }: { name: string }) {
  const save = useNameWorkspace();
  const [typed, setTyped] = useState(name);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate(typed.trim());
      }}
    >
      <Group align="flex-end" gap="xs" mt="xs">
        <TextInput
          label="Name of this workspace"
          description="Shown at sign-in, in the navigation and in browser tabs."
          placeholder="Acme GTM"
          maxLength={120}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
          w={320}
        />
        <Button type="submit" variant="default" disabled={typed.trim() === name} loading={save.isPending}>
          Save
        </Button>
      </Group>
      <ErrorNote error={save.error} />
    </form>
  );
}

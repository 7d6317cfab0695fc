import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useSetPassword } from "../../api/queries/account";
import { ErrorNote } from "../../ui/ErrorNote";
import { passwordProblem } from "../signin/link";

/** Changes one's own password. */
export function Password() {
  const set = useSetPassword();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const problem = passwordProblem(next, again);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const done = () => {
      setOld("");
      setNext("");
      setAgain("");
    };
    if (old && !problem) set.mutate({ old, new: next }, { onSuccess: done });
  };
  return (
    <section>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <div>
            <Text fw={600} component="h2">
              Your password
            </Text>
            <Text c="dimmed">A new one signs you out everywhere else.</Text>
          </div>
          <Group align="flex-start" gap="xs">
            <PasswordInput
              label="Now"
              w={170}
              autoComplete="current-password"
              value={old}
              onChange={(e) => setOld(e.currentTarget.value)}
            />
            <PasswordInput
              label="New"
              w={170}
              autoComplete="new-password"
              value={next}
              onChange={(e) => setNext(e.currentTarget.value)}
            />
            <PasswordInput
              label="Once more"
              w={170}
              autoComplete="new-password"
              value={again}
              onChange={(e) => setAgain(e.currentTarget.value)}
              error={again && problem}
            />
          </Group>
          <ErrorNote error={set.error} />
          {set.isSuccess && !next && <Text role="status">The new password holds.</Text>}
          <Group>
            <Button type="submit" variant="default" disabled={!old || Boolean(problem)} loading={set.isPending}>
              Change the password
            </Button>
          </Group>
        </Stack>
      </form>
    </section>
  );
}

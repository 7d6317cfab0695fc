import { Button, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { body, client, token } from "../api/client";
import { ErrorNote } from "../ui/ErrorNote";

/** Asks for a token where the server wants one. It is kept for this tab. */
export function SignIn() {
  const queries = useQueryClient();
  const [secret, setSecret] = useState("");
  const [error, setError] = useState<unknown>(
    token.get() ? new Error("That token does not open this workspace.") : null,
  );
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    token.set(secret.trim());
    try {
      await body(client.GET("/api/v1/status"));
      await queries.invalidateQueries();
    } catch (err) {
      token.clear();
      setError(err);
    }
  };
  return (
    <form onSubmit={submit}>
      <Stack maw={360} mx="auto" pt="18vh" px="lg" gap="sm">
        <Title order={1}>Fettle</Title>
        <Text c="dimmed">
          This workspace asks for a token. An admin makes one in Settings or with <code>fettle token create</code>.
        </Text>
        <PasswordInput label="Token" value={secret} onChange={(e) => setSecret(e.currentTarget.value)} autoFocus />
        <ErrorNote error={error} />
        <Button type="submit" size="sm" disabled={!secret.trim()}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}

import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { signInQuery, useSignIn, useSignInByToken } from "../../api/queries/account";
import { actor } from "../../api/session";
import { ErrorNote } from "../../ui/ErrorNote";
import { ByIssuer } from "./ByIssuer";
import { useWait, waitOf, words } from "./wait";

type Props = { to?: string; apart?: boolean; onDone?: () => void };

/** Signs in at the issuer, with email and password, or with a token for this tab. */
export function SignInForm({ to = "/", apart, onDone }: Props) {
  const [byToken, setByToken] = useState(false);
  return (
    <Stack gap="sm">
      <ByIssuer to={to} apart={apart} />
      {byToken ? <ByToken onDone={onDone} /> : <ByPassword onDone={onDone} />}
      <Anchor component="button" type="button" size="xs" ta="left" onClick={() => setByToken(!byToken)}>
        {byToken ? "Sign in with email and password" : "Use an API token instead"}
      </Anchor>
      <Help />
    </Stack>
  );
}

function ByPassword({ onDone }: { onDone?: () => void }) {
  const enter = useSignIn();
  // Whoever was signed in signs in again, most often.
  const [email, setEmail] = useState(() => (actor().includes("@") ? actor() : ""));
  const [password, setPassword] = useState("");
  const told = useWait(enter.error);
  const wait = enter.variables?.email === email ? told : 0; // another account may not be slowed
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (wait === 0) enter.mutate({ email, password }, { onSuccess: onDone });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Email"
          type="email"
          autoComplete="username"
          value={email}
          onChange={(e) => setEmail(e.currentTarget.value)}
          data-autofocus
          autoFocus
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
        />
        <Refused error={enter.error} wait={wait} />
        <Button type="submit" size="sm" disabled={!email.trim() || !password || wait > 0} loading={enter.isPending}>
          {wait > 0 ? `Try again in ${words(wait)}` : "Sign in"}
        </Button>
      </Stack>
    </form>
  );
}

/** What was wrong. Where one has to wait, the button counts down what the server's words tell once. */
function Refused({ error, wait }: { error: Error | null; wait: number }) {
  if (!error || waitOf(error) === 0) return <ErrorNote error={error} />;
  return (
    <Alert color="red" icon={<IconAlertTriangle size={16} />} role="alert" title={error.message}>
      {wait > 0 ? "Wrong passwords make one wait, longer each time." : "You can try again now."} An admin can make you a
      link that sets a new password.
    </Alert>
  );
}

function ByToken({ onDone }: { onDone?: () => void }) {
  const enter = useSignInByToken();
  const [secret, setSecret] = useState("");
  const submit = (e: FormEvent) => {
    e.preventDefault();
    enter.mutate(secret.trim(), { onSuccess: onDone });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <PasswordInput
          label="Token"
          description="It is kept for this tab only."
          autoComplete="off"
          value={secret}
          onChange={(e) => setSecret(e.currentTarget.value)}
          autoFocus
        />
        <ErrorNote error={enter.error} />
        <Button type="submit" size="sm" disabled={!secret.trim()} loading={enter.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}

function Help() {
  const printed = useQuery(signInQuery).data?.printed;
  return (
    <Text c="dimmed" size="xs">
      No password, or forgotten? An admin makes you a link under Settings, People.
      {printed && <> If you run this server, open the link that it printed when it started.</>}
    </Text>
  );
}

import { Alert, Button, Loader, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { linkQuery, signInQuery, useAcceptLink, useLocalLink } from "../../api/queries/account";
import { ErrorNote } from "../../ui/ErrorNote";
import { passwordProblem, readLink } from "./link";
import { Sheet } from "./Sheet";
import { SignInForm } from "./SignInForm";
import { readTurnedAway } from "./turnedAway";

/** Signs in: by a link behind the #, or with a password. */
export function SignInPage() {
  const { hash } = useLocation();
  const link = readLink(hash);
  const { data: options } = useQuery(signInQuery);
  const navigate = useNavigate();
  const home = () => void navigate({ to: "/", replace: true });
  if (link?.kind === "local") return <Printed secret={link.secret} onDone={home} />;
  if (link) return <Accept key={link.secret} secret={link.secret} onDone={home} />;
  const away = readTurnedAway(hash, options?.issuer);
  return (
    <Sheet title="Sign in">
      {away && (
        <Alert color="red" icon={<IconAlertTriangle size={16} />} role="alert" title={away.title}>
          {away.hint}
        </Alert>
      )}
      <SignInForm onDone={home} />
    </Sheet>
  );
}

/** The link that the server printed is used at once, and once only. */
function Printed({ secret, onDone }: { secret: string; onDone: () => void }) {
  const { mutate, error } = useLocalLink();
  const used = useRef(false);
  const done = useRef(onDone);
  useEffect(() => {
    if (used.current) return;
    used.current = true;
    mutate(secret, { onSuccess: () => done.current() });
  }, [mutate, secret]);
  if (!error)
    return (
      <Sheet title="Signing in">
        <Loader size="sm" />
      </Sheet>
    );
  return (
    <Sheet title="Sign in">
      <ErrorNote error={error} />
      <SignInForm onDone={onDone} />
    </Sheet>
  );
}

function Accept({ secret, onDone }: { secret: string; onDone: () => void }) {
  const link = useQuery(linkQuery(secret));
  // Once it was accepted it is used up, and looking again finds no link.
  if (link.error && !link.data) {
    return (
      <Sheet title="Sign in">
        <ErrorNote error={link.error} />
        <SignInForm onDone={onDone} />
      </Sheet>
    );
  }
  if (!link.data)
    return (
      <Sheet title="Sign in">
        <Loader size="sm" />
      </Sheet>
    );
  const invited = link.data.kind === "invite";
  return (
    <Sheet title={invited ? "Join this workspace" : "Choose a new password"}>
      <Text c="dimmed">
        {invited ? "You were invited as " : "For "}
        {link.data.email}.{!invited && " You are signed out everywhere else."}
      </Text>
      <Choose
        secret={secret}
        email={link.data.email ?? ""}
        name={invited ? (link.data.name ?? "") : null}
        onDone={onDone}
      />
    </Sheet>
  );
}

type ChooseProps = { secret: string; email: string; name: string | null; onDone: () => void };

function Choose({ secret, email, name: known, onDone }: ChooseProps) {
  const accept = useAcceptLink();
  const [name, setName] = useState(known ?? "");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const problem = passwordProblem(password, again);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (!problem)
      accept.mutate({ link: secret, password, name: known === null ? undefined : name }, { onSuccess: onDone });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <input type="hidden" name="email" autoComplete="username" value={email} readOnly />
        {known !== null && (
          <TextInput
            label="Your name"
            autoComplete="name"
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
          />
        )}
        <PasswordInput
          label="Password"
          description="At least 10 characters. Several words are easier to remember than signs."
          autoComplete="new-password"
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
        />
        <PasswordInput
          label="Once more"
          autoComplete="new-password"
          value={again}
          onChange={(e) => setAgain(e.currentTarget.value)}
          error={tried && problem}
        />
        <ErrorNote error={accept.error} />
        <Button type="submit" size="sm" loading={accept.isPending}>
          {known === null ? "Set the password" : "Join"}
        </Button>
      </Stack>
    </form>
  );
}

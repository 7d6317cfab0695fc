import {
  ActionIcon,
  Alert,
  Button,
  Code,
  CopyButton,
  Group,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { tokensQuery, useCreateToken, useDeleteToken } from "../../api/queries/workspace";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { formatCredits } from "../../ui/money";
import { TimeAgo } from "../../ui/TimeAgo";
import { asked, roles, type Standing, standingOf } from "./standing";

type Per = "lifetime" | "day" | "month";
const pers = [
  { value: "lifetime", label: "over its whole life" },
  { value: "day", label: "a day (UTC)" },
  { value: "month", label: "a month (UTC)" },
];

/** Tokens for scripts and other machines; each is shown once. */
export function Tokens() {
  const { data, error } = useQuery(tokensQuery);
  const create = useCreateToken();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Standing>("viewer");
  const [credits, setCredits] = useState("");
  const [per, setPer] = useState<Per>("lifetime");
  const items = data?.items ?? [];
  const submit = () => {
    const limit = credits.trim() ? { credits: credits.trim(), per } : {};
    const done = () => {
      setName("");
      setCredits("");
    };
    create.mutate({ name, ...asked(role), ...limit }, { onSuccess: done });
  };
  return (
    <section>
      <Stack gap="sm">
        <div>
          <Text fw={600} component="h2">
            API tokens
          </Text>
          <Text c="dimmed">
            Viewers see. Editors define, estimate, pilot and pause; those who may spend also start, raise limits, and
            change keys and prices, up to what the token may spend. Admins do everything.
          </Text>
        </div>
        {items.length === 0 && data && (
          <Text c="dimmed">
            No tokens yet. Once you make one, every program needs a token and every other browser has to sign in.
          </Text>
        )}
        {create.data?.secret && (
          <Alert color="teal" title={`The token ${create.data.name}, shown this once`}>
            <Group gap="xs">
              <Code>{create.data.secret}</Code>
              <CopyButton value={create.data.secret}>
                {({ copied, copy }) => (
                  <Button size="compact-xs" variant="default" onClick={copy}>
                    {copied ? "Copied" : "Copy"}
                  </Button>
                )}
              </CopyButton>
            </Group>
          </Alert>
        )}
        {items.length > 0 && (
          <div className="panel">
            <Table>
              <Table.Tbody>
                {items.map((t) => (
                  <Table.Tr key={t.name}>
                    <Table.Td>{t.name}</Table.Td>
                    <Table.Td>{roles.find((r) => r.value === standingOf(t))?.label}</Table.Td>
                    <Table.Td>
                      <OwnLimit limits={t.limits} />
                    </Table.Td>
                    <Table.Td c="dimmed">
                      made <TimeAgo at={t.created_at} />
                    </Table.Td>
                    <Table.Td ta="right">
                      <Revoke name={t.name} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
        <form
          onSubmit={(e) => {
            e.preventDefault();
            if (name) submit();
          }}
        >
          <Group align="flex-end" gap="xs">
            <TextInput label="Name" value={name} onChange={(e) => setName(e.currentTarget.value)} />
            <Select
              label="Role"
              w={175}
              data={roles}
              value={role}
              allowDeselect={false}
              onChange={(v) => setRole((v as Standing) ?? "viewer")}
            />
            <TextInput
              label="Credits at most"
              w={110}
              inputMode="decimal"
              value={credits}
              onChange={(e) => setCredits(e.currentTarget.value)}
              placeholder="no own limit"
            />
            <Select
              label="Counted"
              w={170}
              data={pers}
              value={per}
              allowDeselect={false}
              disabled={!credits.trim()}
              onChange={(v) => setPer((v as Per) ?? "lifetime")}
            />
            <Button type="submit" disabled={!name} loading={create.isPending}>
              Make a token
            </Button>
          </Group>
        </form>
        <ErrorNote error={error ?? create.error} />
      </Stack>
    </section>
  );
}

/** What a token may spend at most, with what it has. */
function OwnLimit({ limits }: { limits: Schemas["LimitView"][] }) {
  const own = limits.filter((l) => l.credits != null);
  if (own.length === 0) return <Text c="dimmed">no own limit</Text>;
  return own.map((l) => (
    <Text key={l.per}>
      {formatCredits(l.used_credits)} of {formatCredits(l.credits)} credits {pers.find((p) => p.value === l.per)?.label}
    </Text>
  ));
}

function Revoke({ name }: { name: string }) {
  const remove = useDeleteToken();
  const [asked, setAsked] = useState(false);
  return (
    <>
      <ActionIcon aria-label={`Revoke ${name}`} onClick={() => setAsked(true)}>
        <IconTrash size={14} />
      </ActionIcon>
      <Confirm
        opened={asked}
        title={`Revoke ${name}?`}
        action="Revoke"
        danger
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(name, { onSuccess: () => setAsked(false) })}
        onClose={() => setAsked(false)}
      >
        <Text>Whatever uses it is refused from now on.</Text>
      </Confirm>
    </>
  );
}

import { Badge, Button, Group, Menu, Select, Stack, Table, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Schemas } from "../../api/client";
import { useChangeUser, useInvite, usersQuery, useUserLink } from "../../api/queries/account";
import { ErrorNote } from "../../ui/ErrorNote";
import { TimeAgo } from "../../ui/TimeAgo";
import { LinkNote } from "./LinkNote";
import { asked, roles, type Standing, standingOf } from "./standing";

/** Who may sign in, and as what. */
export function People({ me }: { me: string }) {
  const { data, error } = useQuery(usersQuery);
  const change = useChangeUser();
  const link = useUserLink();
  const items = data?.items ?? [];
  return (
    <section>
      <Stack gap="sm">
        <div>
          <Text fw={600} component="h2">
            People
          </Text>
          <Text c="dimmed">
            {items.length === 0
              ? "Nobody has been invited yet, so anyone who can open this page is an admin. Once the first person joins, everyone has to sign in."
              : "Each signs in with a password of their own, or where the server was told to. Links are handed over by you; no e-mail is sent."}
          </Text>
        </div>
        {items.length > 0 && (
          <div className="panel">
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Person</Table.Th>
                  <Table.Th>Role</Table.Th>
                  <Table.Th>Last seen</Table.Th>
                  <Table.Th>
                    <VisuallyHidden>More</VisuallyHidden>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((u) => (
                  <Person
                    key={u.email}
                    user={u}
                    me={u.email === me}
                    onStanding={(standing) => change.mutate({ email: u.email, ...asked(standing) })}
                    onDisable={(disabled) => change.mutate({ email: u.email, disabled })}
                    onLink={() => link.mutate(u.email)}
                    onUnlink={() => change.mutate({ email: u.email, unlink: true })}
                  />
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
        <ErrorNote error={error ?? change.error ?? link.error} />
        {link.data && <LinkNote link={link.data} />}
        <Invite />
      </Stack>
    </section>
  );
}

type PersonProps = {
  user: Schemas["UserView"];
  me: boolean;
  onStanding: (standing: Standing) => void;
  onDisable: (disabled: boolean) => void;
  onLink: () => void;
  onUnlink: () => void;
};

function Person({ user, me, onStanding, onDisable, onLink, onUnlink }: PersonProps) {
  const off = user.state === "disabled";
  return (
    <Table.Tr>
      <Table.Td>
        <Text c={off ? "dimmed" : undefined}>
          {user.name} {me && <Badge color="gray">you</Badge>}
          {user.state !== "active" && <Badge color={off ? "red" : "gray"}>{user.state}</Badge>}
        </Text>
        <Text c="dimmed" size="xs">
          {user.email}
          {user.issuer && ` · by ${new URL(user.issuer).host}`}
        </Text>
      </Table.Td>
      <Table.Td>
        <Select
          aria-label={`Role of ${user.email}`}
          w={175}
          data={roles}
          value={standingOf(user)}
          allowDeselect={false}
          disabled={off}
          onChange={(v) => v && v !== standingOf(user) && onStanding(v as Standing)}
        />
      </Table.Td>
      <Table.Td c="dimmed">{user.seen_at ? <TimeAgo at={user.seen_at} /> : "not signed in"}</Table.Td>
      <Table.Td ta="right">
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="subtle" color="gray" size="compact-xs" aria-label={`More about ${user.email}`}>
              <IconDots size={14} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={onLink} disabled={off}>
              {user.state === "invited" ? "New invitation link" : "Link to set a new password"}
            </Menu.Item>
            {user.issuer && (
              <Menu.Item color="red" onClick={onUnlink}>
                Unlink from {new URL(user.issuer).host}, and sign out everywhere
              </Menu.Item>
            )}
            <Menu.Item color={off ? undefined : "red"} onClick={() => onDisable(!off)}>
              {off ? "Let in again" : "Disable, and sign out everywhere"}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

function Invite() {
  const invite = useInvite();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Standing>("viewer");
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (!email.trim()) return;
    const done = () => {
      setEmail("");
      setName("");
    };
    invite.mutate({ email: email.trim(), name: name.trim() || undefined, ...asked(role) }, { onSuccess: done });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Email"
            type="email"
            w={220}
            value={email}
            onChange={(e) => setEmail(e.currentTarget.value)}
          />
          <TextInput
            label="Name"
            w={150}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            placeholder="optional"
          />
          <Select
            label="Role"
            w={175}
            data={roles}
            value={role}
            allowDeselect={false}
            onChange={(v) => setRole((v as Standing) ?? "viewer")}
          />
          <Button type="submit" disabled={!email.trim()} loading={invite.isPending}>
            Invite
          </Button>
        </Group>
        <ErrorNote error={invite.error} />
        {invite.data && <LinkNote link={invite.data} />}
      </Stack>
    </form>
  );
}

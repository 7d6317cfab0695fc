import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { audiencesQuery } from "../../api/queries/audiences";
import { type Channel, type ChannelBody, eventTypesQuery } from "../../api/queries/channels";
import { fieldsQuery } from "../../api/queries/records";
import { Picker } from "../../ui/Picker";
import { Pickers } from "../../ui/Pickers";

type Kind = Channel["kind"];

const kinds: { value: Kind; label: string; field: string; example: string }[] = [
  { value: "slack", label: "Slack", field: "Incoming webhook", example: "https://hooks.slack.com/services/…" },
  { value: "email", label: "E-mail", field: "Addresses", example: "ada@acme.example, bob@acme.example" },
  { value: "webhook", label: "Webhook", field: "Address", example: "https://…" },
];

type Props = {
  /** The channel that is changed; none for a new one. */
  of?: Channel;
  action: string;
  busy: boolean;
  onSubmit: (body: ChannelBody) => void;
};

/** Where a channel goes and what it tells. Of one that is there, what is left empty stays as it is. */
export function ChannelForm({ of, action, busy, onSubmit }: Props) {
  const types = useQuery(eventTypesQuery).data?.items ?? [];
  const [label, setLabel] = useState(of?.label ?? "");
  const [kind, setKind] = useState<Kind>(of?.kind ?? "slack");
  const [to, setTo] = useState(of?.kind === "email" ? of.target : "");
  const [smtp, setSmtp] = useState("");
  const [events, setEvents] = useState<string[]>(of?.events ?? []);
  const [owner, setOwner] = useState(of?.owner ?? "");
  const [ownerField, setOwnerField] = useState(of?.owner_field ?? "");
  const people = useQuery(fieldsQuery("people")).data?.items ?? [];
  const companies = useQuery(fieldsQuery("companies")).data?.items ?? [];
  const [every, setEvery] = useState(of?.every && of.every !== "never" ? of.every : "30m");
  const shown = kinds.find((k) => k.value === kind) ?? kinds[0];
  const audiences = useQuery(audiencesQuery).data?.items ?? [];
  const known = types
    .filter((t) => t.type !== "channel.test")
    .flatMap((t) =>
      t.per_audience
        ? audiences.map((a) => ({ value: `${t.type}:${a.name}`, label: `who enters ${a.label}` }))
        : [{ value: t.type as string, label: t.type as string }],
    );
  const others = events.filter((e) => !known.some((k) => k.value === e)).map((e) => ({ value: e, label: e }));
  const submit = () => {
    const body: ChannelBody = { events, owner, owner_field: ownerField };
    if (to.trim()) Object.assign(body, { [kind]: kind === "email" ? to.split(/[,\s]+/).filter(Boolean) : to.trim() });
    if (kind === "email" && smtp.trim()) body.smtp = smtp.trim();
    if (kind !== "webhook" && every.trim()) body.every = every.trim();
    if (label.trim() && label !== of?.label) body.label = label;
    onSubmit(body);
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (of || (label.trim() && to.trim())) submit();
      }}
    >
      <Stack gap="xs">
        <Group align="flex-end" gap="xs">
          <TextInput label="Channel" w={140} value={label} onChange={(e) => setLabel(e.currentTarget.value)} />
          {!of && (
            <Select
              label="Kind"
              w={120}
              data={kinds}
              value={kind}
              allowDeselect={false}
              onChange={(v) => setKind((v as Kind) ?? "slack")}
            />
          )}
          <TextInput
            label={shown?.field}
            style={{ flex: 1 }}
            miw={220}
            autoComplete="off"
            value={to}
            placeholder={of?.target && kind !== "email" ? "as it is" : shown?.example}
            onChange={(e) => setTo(e.currentTarget.value)}
          />
        </Group>
        {kind === "email" && (
          <TextInput
            label="Mail server"
            autoComplete="off"
            value={smtp}
            placeholder={
              of ? "as it is" : "that of the server, or smtp://user:password@host:587?from=fettle@acme.example"
            }
            onChange={(e) => setSmtp(e.currentTarget.value)}
          />
        )}
        <Pickers
          label="Only on"
          data={[...known, ...others]}
          value={events}
          onChange={setEvents}
          placeholder={events.length === 0 ? "the usual events" : undefined}
          clearable
        />
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Only what belongs to"
            w={240}
            value={owner}
            placeholder="everybody"
            onChange={(e) => setOwner(e.currentTarget.value)}
          />
          <Picker
            label="Whose a record is"
            w={200}
            data={[...new Set([...people, ...companies].map((f) => f.field).concat(ownerField || []))]}
            value={ownerField || null}
            placeholder="no field says so"
            clearable
            onChange={(v) => setOwnerField(v ?? "")}
          />
          {kind !== "webhook" && (
            <TextInput label="Gathered for" w={110} value={every} onChange={(e) => setEvery(e.currentTarget.value)} />
          )}
          <Button type="submit" disabled={!label.trim() || (!of && !to.trim())} loading={busy}>
            {action}
          </Button>
        </Group>
        {kind === "webhook" && !of?.target && (
          <Text c="dimmed" size="xs">
            What signs is shown once, when the channel gets its address.
          </Text>
        )}
      </Stack>
    </form>
  );
}

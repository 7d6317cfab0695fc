import { Anchor, Button, Checkbox, Group, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { audiencesQuery } from "../../api/queries/audiences";
import { type Destination, servicesQuery } from "../../api/queries/flows";
import { ErrorNote } from "../../ui/ErrorNote";
import { choices } from "../../ui/labels";
import { Picker } from "../../ui/Picker";
import { faultOf } from "../enrichments/editor/fault";
import { type Draft, missing, other } from "./draft";
import { Mapping } from "./Mapping";
import { WebForm } from "./WebForm";

type Props = {
  /** The destination that is changed; none for a new one. */
  of?: Destination;
  from: Draft;
  busy: boolean;
  error: unknown;
  onSubmit: (d: Draft) => void;
  onCancel: () => void;
  /** What is said above the buttons. */
  children?: ReactNode;
};

/** What a destination sends, of whom, when, and where to. */
export function DestinationForm({ of, from, busy, error, onSubmit, onCancel, children }: Props) {
  const [d, setDraft] = useState(from);
  const [tried, setTried] = useState(false);
  const audiences = useQuery(audiencesQuery).data?.items ?? [];
  const services = useQuery(servicesQuery).data?.items ?? [];
  const service = services.find((s) => s.name === d.to);
  const entity = audiences.find((a) => a.name === d.audience)?.entity === "companies" ? "companies" : "people";
  const lacks = missing(d);
  const refused = faultOf(error);
  const fault = (key: string) => {
    if (tried && lacks) return lacks.key === key ? lacks.text : undefined;
    return refused && where(refused.key, d) === key ? refused.text : undefined;
  };
  const set = (change: Partial<Draft>) => setDraft({ ...d, ...change });
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        setTried(true);
        if (!lacks) onSubmit(d);
      }}
    >
      <Stack gap="md">
        {!of && (
          <Select
            label="Where records go"
            data-autofocus
            allowDeselect={false}
            data={[
              ...services.map((s) => ({ value: s.name, label: s.title })),
              { value: other, label: "A web address of your own" },
            ]}
            value={d.to}
            error={fault("to")}
            onChange={(to) => to && set({ to, write: to === other ? "overwrite" : "blanks_only" })}
            description={
              service?.docs && (
                <>
                  It is reached at {service.host}.{" "}
                  <Anchor href={service.docs} target="_blank" rel="noreferrer" size="xs" underline="always">
                    Its documentation
                  </Anchor>
                </>
              )
            }
            inputWrapperOrder={["label", "input", "description", "error"]}
          />
        )}
        <TextInput
          label="Name"
          placeholder={service ? `Our ${service.title}` : "Our warehouse"}
          value={d.label}
          error={fault("label")}
          onChange={(e) => set({ label: e.currentTarget.value })}
        />
        {d.to === other && (
          <WebForm of={d.web} kept={d.kept !== undefined} fault={fault} onChange={(web) => set({ web })} />
        )}
        <Picker
          label="Whose records"
          placeholder="Choose an audience"
          data={choices(audiences)}
          value={d.audience || null}
          error={fault("audience")}
          onChange={(audience) => set({ audience: audience ?? "" })}
        />
        <Checkbox.Group label="When a record is sent" value={d.on} error={fault("on")} onChange={(on) => set({ on })}>
          <Group gap="md" mt={4}>
            <Checkbox value="entered" label="It enters the audience" />
            <Checkbox value="changed" label="What is sent of it changes" />
          </Group>
        </Checkbox.Group>
        <Mapping draft={d} entity={entity} service={service?.title} fault={fault} onChange={set} />
        <Writes
          draft={d}
          reads={service?.reads ?? d.kept?.read !== undefined}
          error={fault("write")}
          onChange={(write) => set({ write })}
        />
        {!(refused && known(where(refused.key, d), d)) && <ErrorNote error={error} />}
        {children}
        <Group justify="space-between">
          <Text c="dimmed" size="sm">
            {of
              ? "Nothing is sent before it is turned on."
              : "It is off at first: nothing is sent before you turn it on."}
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              {of ? "Save" : "Make it"}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

/** The field of the form at which a fault stands: a mapping's is its line. */
function where(key: string, d: Draft): string {
  const property = /^fields\.(.+)$/.exec(key)?.[1];
  if (property) return `fields.${d.fields.findIndex((f) => f.property.trim() === property)}`;
  if (key === "fields") return "fields.0";
  return key === "name" ? "label" : key;
}

const known = (key: string, d: Draft) =>
  ["to", "label", "audience", "on", "id", "write"].includes(key) ||
  (key === "http" && d.to === other) ||
  d.fields.some((_, i) => key === `fields.${i}`);

type WritesProps = { draft: Draft; reads: boolean; error?: string; onChange: (write: string) => void };

function Writes({ draft, reads, error, onChange }: WritesProps) {
  if (draft.to === other && !reads)
    return (
      <Text size="sm" c="dimmed">
        An address of your own is not asked what it holds: each record is sent with all of this.
      </Text>
    );
  return (
    <Radio.Group label="Where something is there already" value={draft.write} error={error} onChange={onChange}>
      <Stack gap={6} mt={4}>
        <Radio value="blanks_only" label="Leave it: only what is blank there is filled" />
        <Radio value="overwrite" label="Write over it" />
      </Stack>
    </Radio.Group>
  );
}

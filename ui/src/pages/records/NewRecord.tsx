import { Alert, Anchor, Button, Group, MultiSelect, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Entity, Schemas } from "../../api/client";
import { fieldsQuery, recordQuery, useAddRecord } from "../../api/queries/records";
import { typedValue } from "../../grid/value";
import { Dialog } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/ErrorNote";
import { useGuarded } from "../../ui/Guarded";

type Field = Schemas["Field"];
type Upserted = Schemas["UpsertedRecord"];

const words = {
  people: { title: "New person", add: "Add person", nameless: "The person" },
  companies: { title: "New company", add: "Add company", nameless: "The company" },
} as const;

/** What is asked for first: the name, what tells records apart, and what most know. */
const first = {
  people: ["name", "email", "title", "company_domain", "linkedin_url", "phone", "location"],
  companies: ["name", "domain", "linkedin_url", "industry", "location"],
} as const;

/** The fields of the form: the known ones, then the key fields of the workspace. An id is a list's own, not typed. */
function asked(entity: Entity, fields: Field[]): Field[] {
  const known = first[entity].flatMap((key) => fields.filter((f) => f.field === key));
  const keys = fields.filter((f) => f.key && f.field !== "external_id" && !known.includes(f) && f.type !== "json");
  const derived = entity === "people" ? ["first_name", "last_name"] : [];
  return [...known, ...keys.filter((f) => !derived.includes(f.field))];
}

type Props = { entity: Entity; onClose: () => void; onOpen: (record: number) => void };

/** Adds one record. If it is there already, its blanks are filled, and the form says whose. */
export function NewRecord({ entity, onClose, onOpen }: Props) {
  const fields = useQuery(fieldsQuery(entity)).data?.items ?? [];
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [answer, setAnswer] = useState<Upserted>();
  const add = useAddRecord(entity);
  const values = Object.fromEntries(
    fields
      .filter((f) => typed[f.field]?.trim())
      .map((f) => [f.field, typedValue(f.type, (typed[f.field] ?? "").trim())]),
  );
  const guarded = useGuarded(
    (confirm) => add.mutateAsync({ values, confirm }),
    (view) => {
      const record = view.records[0];
      if (record?.id && record.outcome === "created") {
        notifications.show({ message: `${typed.name?.trim() || words[entity].nameless} was added.` });
        onOpen(record.id);
      } else setAnswer(record);
    },
  );
  const invalid = answer?.outcome === "invalid" ? (answer.invalid ?? []) : [];
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setAnswer(undefined);
    guarded.run();
  };
  if (answer?.id)
    return (
      <Dialog opened onClose={onClose} title={words[entity].title}>
        <Known of={answer} record={answer.id} fields={fields} onClose={onClose} onOpen={onOpen} />
      </Dialog>
    );
  return (
    <>
      <Dialog opened onClose={onClose} title={words[entity].title} size="lg">
        <form onSubmit={submit}>
          <Stack gap="sm">
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="xs">
              {asked(entity, fields).map((f, i) => (
                <Asked
                  key={f.field}
                  field={f}
                  first={i === 0}
                  value={typed[f.field] ?? ""}
                  error={invalid.find((x) => x.field === f.field)?.reason}
                  onChange={(text) => setTyped((was) => ({ ...was, [f.field]: text }))}
                />
              ))}
            </SimpleGrid>
            <Text c="dimmed" size="xs">
              {entity === "people"
                ? "Add an email or a LinkedIn URL so that someone who is already here isn’t added twice; only blanks are filled."
                : "Add a domain or a LinkedIn URL so that a company that is already here isn’t added twice; only blanks are filled."}
            </Text>
            {invalid
              .filter((x) => x.field === "")
              .map((x) => (
                <Alert key={x.reason} color="red" role="alert" title="Nothing was written">
                  {x.reason}
                </Alert>
              ))}
            <ErrorNote error={guarded.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={guarded.busy} disabled={Object.keys(values).length === 0}>
                {words[entity].add}
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
      {guarded.ask({ title: "This would spend", action: "Add it and let them buy" })}
    </>
  );
}

type AskedProps = { field: Field; first: boolean; value: string; error?: string; onChange: (text: string) => void };

function Asked({ field: f, first, value, error, onChange }: AskedProps) {
  const shared = { label: f.label, error, "data-autofocus": first || undefined };
  if (f.type === "select")
    return (
      <Select {...shared} data={f.options ?? []} value={value || null} onChange={(v) => onChange(v ?? "")} clearable />
    );
  if (f.type === "boolean")
    return (
      <Select {...shared} data={["Yes", "No"]} value={value || null} onChange={(v) => onChange(v ?? "")} clearable />
    );
  if (f.type === "multi_select")
    return (
      <MultiSelect
        {...shared}
        data={f.options ?? []}
        value={value.split(";").filter(Boolean)}
        onChange={(v) => onChange(v.join(";"))}
      />
    );
  return (
    <TextInput
      {...shared}
      autoComplete="off"
      placeholder={examples[f.type]}
      value={value}
      onChange={(e) => onChange(e.currentTarget.value)}
    />
  );
}

const examples: Partial<Record<Field["type"], string>> = {
  email: "ada@acme.example",
  domain: "acme.example",
  linkedin: "https://linkedin.com/…",
  phone: "+49 30 1234567",
  date: "2026-01-31",
};

type KnownProps = Omit<Props, "entity"> & { of: Upserted; record: number; fields: Field[] };

/** Whose record it was that met what was typed, and what became of that. */
function Known({ of, record, fields, onClose, onOpen }: KnownProps) {
  const name = useQuery(recordQuery(record)).data?.name || `record ${record}`;
  const labels = (keys: string[]) => keys.map((key) => fields.find((f) => f.field === key)?.label ?? key).join(", ");
  const conflicts = of.conflicts ?? [];
  const made = of.wrote === "created";
  return (
    <Stack gap="sm">
      <Text>
        {made ? "Added: " : "This is "}
        <Anchor component="button" type="button" onClick={() => onOpen(record)}>
          {name}
        </Anchor>
        {made ? "." : " already."}
      </Text>
      {of.filled && <Text>Filled: {labels(of.filled)}.</Text>}
      {of.kept && (
        <Text>
          Left as it was: {labels(of.kept)}. What you typed differs; change it in the record if yours is right.
        </Text>
      )}
      {!of.filled && !of.kept && !made && <Text c="dimmed">Nothing was new, so nothing was changed.</Text>}
      {conflicts.map((c) => (
        <Text key={`${c.with_id} ${c.key}`}>
          It shares {c.key} with{" "}
          <Anchor component="button" type="button" onClick={() => onOpen(c.with_id)}>
            record {c.with_id}
          </Anchor>
          . Both stay; the pair is in the review.
        </Text>
      ))}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button data-autofocus onClick={() => onOpen(record)}>
          Open {name}
        </Button>
      </Group>
    </Stack>
  );
}

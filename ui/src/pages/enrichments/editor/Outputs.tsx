import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Entity, Schemas } from "../../../api/client";
import { useAddField } from "../../../api/queries/records";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNote } from "../../../ui/ErrorNote";
import { types } from "../../../ui/fieldTypes";
import { fieldKey } from "../../../ui/names";
import { May } from "../../../ui/Permitted";
import { Picker } from "../../../ui/Picker";
import { useFault } from "./fault";

type Props = {
  entity: Entity;
  names: string[];
  called: (name: string) => string;
  fields: Schemas["Field"][];
  value: Record<string, string>;
  onChange: (v: Record<string, string>) => void;
};

const NEW = "+new";

/** Each output to a field of the record, or to none. */
export function Outputs({ entity, names, called, fields, value, onChange }: Props) {
  const [adding, setAdding] = useState<string | null>(null);
  const all = [...new Set([...Object.keys(value), ...names])];
  const fault = useFault();
  if (all.length === 0) return <Text c="dimmed">Choose a step first. Its results are mapped to fields here.</Text>;
  const set = (name: string, field: string | null) => {
    if (field === NEW) {
      setAdding(name);
      return;
    }
    const next = { ...value };
    if (field) next[name] = field;
    else delete next[name];
    onChange(next);
  };
  return (
    <Stack gap={6}>
      {all.map((name) => (
        <Group key={name} gap="sm">
          <Text w={150} truncate title={called(name)}>
            {called(name)}
          </Text>
          <Text c="dimmed">→</Text>
          <Picker
            aria-label={`Field for ${called(name)}`}
            w={240}
            clearable
            placeholder="not kept"
            data={[...fields.map((f) => ({ value: f.field, label: f.label })), { value: NEW, label: "+ New field" }]}
            value={value[name] ?? null}
            onChange={(v) => set(name, v)}
            error={names.length > 0 && !names.includes(name) ? "no step gives it" : fault(`outputs.${name}`)}
          />
        </Group>
      ))}
      {fault("outputs") && !all.some((name) => fault(`outputs.${name}`)) && (
        <Text c="red" size="xs" role="alert">
          {fault("outputs")}
        </Text>
      )}
      {adding !== null && (
        <NewField
          entity={entity}
          name={adding}
          onClose={() => setAdding(null)}
          onAdded={(key) => onChange({ ...value, [adding]: key })}
        />
      )}
    </Stack>
  );
}

function NewField({
  entity,
  name,
  onClose,
  onAdded,
}: {
  entity: Entity;
  name: string;
  onClose: () => void;
  onAdded: (key: string) => void;
}) {
  const add = useAddField();
  const [label, setLabel] = useState(name.replaceAll("_", " ").replace(/^./, (c) => c.toUpperCase()));
  const [type, setType] = useState<Schemas["Field"]["type"]>("text");
  const key = fieldKey(label);
  const submit = () =>
    add.mutate(
      { entity, field: key, label, type },
      {
        onSuccess: () => {
          onAdded(key);
          onClose();
        },
      },
    );
  return (
    <Dialog opened onClose={onClose} title="New field">
      <Stack gap="sm">
        <TextInput label="Label" value={label} onChange={(e) => setLabel(e.currentTarget.value)} data-autofocus />
        <Select
          label="Type"
          data={types.filter(([t]) => t !== "currency").map(([value, label]) => ({ value, label }))}
          value={type}
          onChange={(v) => setType((v as typeof type) ?? "text")}
          allowDeselect={false}
        />
        <ErrorNote error={add.error} />
        <Group justify="flex-end">
          <May to="edit">
            <Button onClick={submit} disabled={!key} loading={add.isPending}>
              Add the field
            </Button>
          </May>
        </Group>
      </Stack>
    </Dialog>
  );
}

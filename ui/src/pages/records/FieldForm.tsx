import { Button, Checkbox, Group, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Entity, Schemas } from "../../api/client";
import { fieldsQuery, useAddField, useDeleteField, useUpdateField } from "../../api/queries/records";
import { Changed, differences, isChanged } from "../../ui/Changed";
import { Confirm } from "../../ui/Confirm";
import { Dialog } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/ErrorNote";
import { types } from "../../ui/fieldTypes";
import { fieldKey } from "../../ui/names";

type Field = Schemas["Field"];

const lines = (text: string) =>
  text
    .split("\n")
    .map((o) => o.trim())
    .filter((o) => o !== "");

/** Adds a field, or changes one. */
export function FieldForm({ entity, field, onClose }: { entity: Entity; field?: Field; onClose: () => void }) {
  const [label, setLabel] = useState(field?.label ?? "");
  const [key, setKey] = useState<string>();
  const [type, setType] = useState<Field["type"]>(field?.type ?? "text");
  const [first, setFirst] = useState(field?.key ?? false);
  const [description, setDescription] = useState(field?.description ?? "");
  const [options, setOptions] = useState((field?.options ?? []).join("\n"));
  const [currency, setCurrency] = useState(field?.currency ?? "");
  const chooses = type === "select" || type === "multi_select";
  const add = useAddField();
  const update = useUpdateField();
  const shownKey = key ?? fieldKey(label);
  const change = {
    label,
    key: first,
    description,
    ...(chooses && { options: lines(options) }),
    ...(type === "currency" && { currency: currency.trim().toUpperCase() }),
  };
  // The one that the form began as: what the list has by now may be somebody else's.
  const [tag, setTag] = useState(field?.etag);
  const fields = useQuery(fieldsQuery(entity));
  const now = fields.data?.items.find((f) => f.field === field?.field);
  const submit = async (as: string | undefined) => {
    try {
      if (field) await update.mutateAsync({ of: field, change, tag: as });
      else await add.mutateAsync({ entity, field: shownKey, type, ...change });
      notifications.show({ message: field ? `${label} changed.` : `${label} added. It is blank for every record.` });
      onClose();
    } catch {
      // Shown in the form.
    }
  };
  const take = (of: Field) => {
    setTag(of.etag);
    setLabel(of.label);
    setFirst(of.key ?? false);
    setDescription(of.description ?? "");
    setOptions((of.options ?? []).join("\n"));
    setCurrency(of.currency ?? "");
  };
  return (
    <Dialog opened onClose={onClose} title={field ? `Edit ${field.label}` : `Add a field to ${entity}`}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void submit(tag);
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            required
            data-autofocus
            value={label}
            onChange={(e) => setLabel(e.currentTarget.value)}
          />
          {!field && (
            <>
              <TextInput
                label="Key"
                description="Its column in SQL and its name in expressions"
                value={shownKey}
                onChange={(e) => setKey(e.currentTarget.value)}
                styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
              />
              <Select
                label="Type"
                allowDeselect={false}
                data={types.map(([value, name]) => ({ value, label: name }))}
                value={type}
                onChange={(v) => v && setType(v as Field["type"])}
              />
            </>
          )}
          {chooses && (
            <Textarea
              label="Values"
              description="One a line, in their order. A value that is not here is kept, and marked."
              autosize
              minRows={3}
              maxRows={10}
              value={options}
              onChange={(e) => setOptions(e.currentTarget.value)}
            />
          )}
          {type === "currency" && (
            <TextInput
              label="Currency"
              description="Its ISO code, such as EUR"
              required
              maxLength={3}
              value={currency}
              onChange={(e) => setCurrency(e.currentTarget.value)}
            />
          )}
          <Textarea label="Description" value={description} onChange={(e) => setDescription(e.currentTarget.value)} />
          <Checkbox
            label="A key field: comes first in the Data Hub"
            checked={first}
            onChange={(e) => setFirst(e.currentTarget.checked)}
          />
          {isChanged(update.error) ? (
            <Changed
              error={update.error}
              differs={
                !now || now.etag === tag
                  ? undefined
                  : differences([
                      ["Name", now.label, label],
                      ["Values", now.options?.join(", "), lines(options).join(", ")],
                      ["Currency", now.currency, currency.trim().toUpperCase()],
                      ["Description", now.description, description],
                      ["A key field", now.key ? "yes" : "no", first ? "yes" : "no"],
                    ])
              }
              busy={update.isPending}
              reload={() => void fields.refetch()}
              onKeep={() => void submit(now?.etag)}
              onTake={() => {
                update.reset();
                if (now) take(now);
              }}
            />
          ) : (
            <ErrorNote error={add.error ?? update.error} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={add.isPending || update.isPending}
              disabled={!label || (!field && !shownKey)}
            >
              {field ? "Save" : "Add field"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

export function DeleteField({ field, scope, onClose }: { field: Field; scope: Entity; onClose: () => void }) {
  const remove = useDeleteField();
  return (
    <Confirm
      opened
      title={`Delete ${field.label}?`}
      action="Delete the field and its values"
      danger
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate({ entity: scope, field: field.field }, { onSuccess: onClose })}
    >
      <Text>
        The column goes, with what every record holds in it. A field that an audience or an enrichment uses is not
        deleted.
      </Text>
    </Confirm>
  );
}

import { Checkbox, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../../api/client";
import { keys } from "../../../api/keys";
import { setField, setPreviewQuery } from "../../../api/queries/records";
import { typedValue } from "../../../grid/value";
import { Confirm } from "../../../ui/Confirm";
import { useGuarded } from "../../../ui/Guarded";
import { Picker } from "../../../ui/Picker";
import { count } from "../../../ui/time";
import { takesBack, useUndo } from "../../../undo/Undo";
import { nameOf, type PickedOf } from "./PickedBar";

type Props = { of: PickedOf; onClose: () => void; onDone: () => void };

/** Gives one field of all picked records a value, and says first what that changes. */
export function SetPicked({ of, onClose, onDone }: Props) {
  const [field, setFieldOf] = useState<Schemas["Field"]>();
  const [text, setText] = useState("");
  const [clear, setClear] = useState(false);
  const queries = useQueryClient();
  const { did } = useUndo();
  const value = !field || clear ? null : typedValue(field.type, text);
  const [asked] = useDebouncedValue(field && (clear || text.trim() !== "") ? { field: field.field, value } : null, 250);
  const preview = useQuery({
    ...setPreviewQuery(of.choice, asked ?? { field: "", value: null }),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
  });
  const change = asked ? preview.data?.change : undefined;
  const save = useGuarded(
    (confirm) => setField(of.choice, { field: field?.field ?? "", value }, confirm),
    (done) => {
      void queries.invalidateQueries({ queryKey: keys.records });
      const what = `${field?.label} of ${nameOf(of.entity, done.change.records)} ${clear ? "cleared" : "changed"}`;
      if (done.set) did({ what, set: done.set }, `${what}. ${takesBack}`);
      onDone();
    },
  );
  const ready = asked !== null && !preview.isFetching && asked.field === field?.field && asked.value === value;
  return (
    <>
      <Confirm
        opened
        title={`Edit a field of ${nameOf(of.entity, of.count)}`}
        action={
          change
            ? `${clear ? "Clear" : "Change"} ${count(change.cells, "value", "values")}`
            : clear
              ? "Clear"
              : "Change"
        }
        danger={clear}
        busy={save.busy}
        disabled={!ready || !change || change.cells === 0}
        error={save.error ?? (asked ? preview.error : null)}
        onClose={onClose}
        onConfirm={save.run}
      >
        <Stack gap="sm">
          <Picker
            label="Field"
            placeholder="Choose one"
            data={of.fields.filter((f) => f.field !== "signals").map((f) => ({ value: f.field, label: f.label }))}
            value={field?.field ?? null}
            onChange={(key) => {
              setFieldOf(of.fields.find((f) => f.field === key));
              setText("");
            }}
          />
          {field && !clear && <ValueBox field={field} text={text} onText={setText} />}
          <Checkbox
            label="Clear it"
            checked={clear}
            onChange={(e) => setClear(e.currentTarget.checked)}
            disabled={!field}
          />
          {change && (
            <Text aria-live="polite">
              {change.cells === 0
                ? "All of them hold it already."
                : `${count(change.cells, "value changes", "values change")}.`}
              {change.bought > 0 &&
                ` ${count(change.bought, "of them was bought", "of them were bought")}: what was paid stays paid.`}
            </Text>
          )}
        </Stack>
      </Confirm>
      {save.ask({ title: "This edit would spend", action: "Save it and let them buy" })}
    </>
  );
}

type BoxProps = { field: Schemas["Field"]; text: string; onText: (text: string) => void };

function ValueBox({ field, text, onText }: BoxProps) {
  if (field.type === "boolean")
    return (
      <Select
        label="Value"
        data={[
          { value: "true", label: "Yes" },
          { value: "false", label: "No" },
        ]}
        value={text || null}
        onChange={(v) => onText(v ?? "")}
      />
    );
  if (field.type === "select")
    return <Picker label="Value" data={field.options ?? []} value={text || null} onChange={(v) => onText(v ?? "")} />;
  const type = field.type === "date" ? "date" : "text";
  return <TextInput label="Value" type={type} value={text} onChange={(e) => onText(e.currentTarget.value)} />;
}

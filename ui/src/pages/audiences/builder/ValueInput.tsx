import { Anchor, Autocomplete, Loader, NativeSelect, Group as Row, TagsInput, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Entity } from "../../../api/client";
import { countWhereQuery } from "../../../api/queries/audiences";
import { hubQuery } from "../../../api/queries/hub";
import { quote } from "./cel";
import classes from "./FilterBuilder.module.css";
import { countText, type KnownValues, meant, useKnown } from "./known";
import { type Clause, fromSource, type Readable, spans } from "./tree";

/** A click on an option outside of a popover would close it: options stay inside. */
export const inside = { withinPortal: false };

const units = [
  ["d", "days"],
  ["h", "hours"],
  ["w", "weeks"],
] as const;

type Props = {
  entity: Entity;
  clause: Clause;
  type: Readable["type"] | undefined;
  onChange: (c: Clause) => void;
};

/** What a field is compared with, as its type and the comparison want it. */
export function ValueInput({ entity, clause, type, onChange }: Props) {
  const set = (value: string) => onChange({ ...clause, value });
  if (clause.op === "any_of") return <SeveralInput entity={entity} clause={clause} type={type} onChange={onChange} />;
  if (spans(clause.op)) return <SpanInput value={clause.value} onChange={set} />;
  if (fromSource(clause.op)) return <SourceInput clause={clause} entity={entity} onChange={set} />;
  if (texts(type)) return <TextValue entity={entity} clause={clause} onChange={set} />;
  const day = type === "date" || type === "timestamp";
  const number = type === "number" || type === "currency";
  return (
    <TextInput
      className={classes.value}
      aria-label="Value"
      type={day && !clause.value.includes("T") ? "date" : number ? "number" : "text"}
      step={number ? "any" : undefined}
      placeholder={day ? undefined : "Value"}
      value={clause.value}
      onChange={(e) => set(e.currentTarget.value)}
    />
  );
}

/** Whether a field holds text, so that what records have can be offered. */
const texts = (type: Readable["type"] | undefined) =>
  type !== undefined && !["number", "currency", "boolean", "date", "timestamp", "json", "multi_select"].includes(type);

/** A text; what records have there is offered, with how many have it. */
function TextValue({ entity, clause, onChange }: Omit<Props, "type" | "onChange"> & { onChange: (v: string) => void }) {
  const [here, setHere] = useState(false);
  const exact = clause.op === "is" || clause.op === "is_not";
  const known = useKnown(entity, clause.field, clause.value, here || (exact && clause.value.trim() !== ""));
  const perhaps = exact && !here && !known.busy ? meant(clause.value, known.values) : undefined;
  const none = useQuery({
    ...countWhereQuery(entity, `${clause.field} == ${quote(clause.value)}`),
    enabled: perhaps !== undefined,
  });
  const instead = none.data?.count === 0 ? perhaps : undefined;
  return (
    <div className={classes.value}>
      <Autocomplete
        comboboxProps={inside}
        size="xs"
        aria-label="Value"
        placeholder="Value"
        data={known.values.map((k) => k.value)}
        filter={({ options }) => options} // the server has found them
        renderOption={({ option }) => <Option of={option.value} known={known} />}
        value={clause.value}
        onChange={onChange}
        onFocus={() => setHere(true)}
        onBlur={() => setHere(false)}
        rightSection={here && known.busy ? <Loader size={12} aria-label="Looking for values" /> : undefined}
      />
      {instead && (
        <Text size="xs" mt={4}>
          No record has exactly “{clause.value}”. Did you mean{" "}
          <Anchor component="button" type="button" size="xs" onClick={() => onChange(instead.value)}>
            {instead.value} ({countText(instead.count, known.exact)})
          </Anchor>
          ?
        </Text>
      )}
    </div>
  );
}

function SeveralInput({ entity, clause, type, onChange }: Props) {
  const [typed, setTyped] = useState("");
  const [here, setHere] = useState(false);
  const known = useKnown(entity, clause.field, typed, here && texts(type));
  return (
    <TagsInput
      comboboxProps={inside}
      className={classes.value}
      size="xs"
      aria-label="Values"
      placeholder="Type one, press Enter"
      data={known.values.map((k) => k.value)}
      renderOption={({ option }) => <Option of={option.value} known={known} />}
      searchValue={typed}
      onSearchChange={setTyped}
      value={clause.values}
      onChange={(values) => onChange({ ...clause, values })}
      onFocus={() => setHere(true)}
      onBlur={() => setHere(false)}
    />
  );
}

function Option({ of, known }: { of: string; known: KnownValues }) {
  const count = known.values.find((k) => k.value === of)?.count;
  return (
    <Row justify="space-between" wrap="nowrap" gap="sm" style={{ flex: 1, minWidth: 0 }}>
      <span className="clip" title={of}>
        {of}
      </span>
      <Text component="span" size="xs" c="dimmed" className="tabular">
        {count === undefined ? "" : countText(count, known.exact)}
      </Text>
    </Row>
  );
}

function SpanInput({ value, onChange }: { value: string; onChange: (v: string) => void }) {
  const unit = value.slice(-1) || "d";
  const n = value.slice(0, -1);
  return (
    <Row gap={4} className={classes.value} wrap="nowrap">
      <TextInput
        aria-label="How many"
        inputMode="numeric"
        value={n}
        w={60}
        onChange={(e) => onChange(`${e.currentTarget.value}${unit}`)}
      />
      <NativeSelect
        size="xs"
        aria-label="Unit"
        value={unit}
        data={units.map(([u, label]) => ({ value: u, label }))}
        onChange={(e) => onChange(`${n}${e.currentTarget.value}`)}
      />
    </Row>
  );
}

/** The name of a source; those that the field's values have are offered. */
function SourceInput({ clause, entity, onChange }: { clause: Clause; entity: Entity; onChange: (v: string) => void }) {
  const hub = useQuery(hubQuery({ entity })).data;
  const known = Object.keys(hub?.fields.find((f) => f.field === clause.field)?.sources ?? {});
  return (
    <Autocomplete
      comboboxProps={inside}
      className={classes.value}
      size="xs"
      aria-label="Source"
      placeholder="A list, a sender, an enrichment, by hand"
      data={known}
      value={clause.value}
      onChange={onChange}
    />
  );
}

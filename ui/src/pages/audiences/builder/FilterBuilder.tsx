import { ActionIcon, Button, NativeSelect, Group as Row, TextInput, Tooltip } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { Entity } from "../../../api/client";
import { Picker } from "../../../ui/Picker";
import classes from "./FilterBuilder.module.css";
import {
  type Clause,
  clauseOf,
  emptyGroup,
  fromSource,
  type Group,
  type Node,
  needsValue,
  type Op,
  opLabels,
  opsOf,
  type Readable,
  spans,
  stamps,
} from "./tree";
import { inside, ValueInput } from "./ValueInput";

type Props = {
  entity: Entity;
  value: Group;
  onChange: (g: Group) => void;
  readables: Readable[];
  readOnly?: boolean;
};

/** Groups of conditions, joined by and/or, as deep as one likes. */
export function FilterBuilder({ entity, value, onChange, readables, readOnly }: Props) {
  return (
    <fieldset disabled={readOnly} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }} aria-label="Filter">
      <GroupEditor entity={entity} group={value} onChange={onChange} readables={readables} depth={0} />
    </fieldset>
  );
}

type GroupProps = {
  entity: Entity;
  group: Group;
  onChange: (g: Group) => void;
  onRemove?: () => void;
  readables: Readable[];
  depth: number;
};

const kinds = { and: "all of", or: "any of", nand: "not all of", nor: "none of" };

function GroupEditor({ entity, group, onChange, onRemove, readables, depth }: GroupProps) {
  const kind = `${group.not ? "n" : ""}${group.join}` as keyof typeof kinds;
  const replace = (i: number, n: Node) => onChange({ ...group, items: group.items.with(i, n) });
  const remove = (i: number) => onChange({ ...group, items: group.items.toSpliced(i, 1) });
  const add = (n: Node) => onChange({ ...group, items: [...group.items, n] });
  const first = readables.find((r) => r.name === "title") ?? readables.find((r) => r.name === "name") ?? readables[0];
  return (
    <fieldset className={`${classes.group} ${depth > 0 ? classes.nested : ""}`} aria-label={kinds[kind]}>
      {(group.items.length > 1 || group.not || depth > 0) && (
        <Row gap={6}>
          <span style={{ fontSize: 12, color: "var(--mantine-color-dimmed)" }}>Records for which</span>
          <NativeSelect
            size="xs"
            aria-label="How the conditions join"
            value={kind}
            data={Object.entries(kinds).map(([v, label]) => ({ value: v, label }))}
            onChange={(e) => {
              const v = e.currentTarget.value;
              onChange({ ...group, not: v.startsWith("n"), join: v.endsWith("and") ? "and" : "or" });
            }}
          />
          <span style={{ fontSize: 12, color: "var(--mantine-color-dimmed)" }}>hold</span>
          {onRemove && <Remove label="Remove the group" onClick={onRemove} />}
        </Row>
      )}
      {group.items.map((n, i) => (
        <div key={i} className={classes.line}>
          <span className={classes.join}>{i === 0 ? "Where" : group.join}</span>
          <div className={classes.what}>
            {n.kind === "group" ? (
              <div style={{ flex: 1, minWidth: 0 }}>
                <GroupEditor
                  entity={entity}
                  group={n}
                  onChange={(g) => replace(i, g)}
                  onRemove={() => remove(i)}
                  readables={readables}
                  depth={depth + 1}
                />
              </div>
            ) : n.kind === "raw" ? (
              <TextInput
                className={classes.field}
                aria-label="Condition as text"
                styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
                value={n.text}
                onChange={(e) => replace(i, { kind: "raw", text: e.currentTarget.value })}
              />
            ) : (
              <ClauseEditor entity={entity} clause={n} onChange={(c) => replace(i, c)} readables={readables} />
            )}
          </div>
          {n.kind !== "group" && <Remove label="Remove the condition" onClick={() => remove(i)} />}
        </div>
      ))}
      <Row gap={4}>
        <Button
          variant="subtle"
          leftSection={<IconPlus size={13} />}
          onClick={() => first && add(clauseOf(first))}
          disabled={!first}
        >
          Condition
        </Button>
        {depth < 4 && (
          <Button
            variant="subtle"
            color="gray"
            leftSection={<IconPlus size={13} />}
            onClick={() =>
              first &&
              add({ ...emptyGroup(group.join === "and" ? "or" : "and"), items: [clauseOf(first), clauseOf(first)] })
            }
            disabled={!first}
          >
            Group
          </Button>
        )}
      </Row>
    </fieldset>
  );
}

function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={onClick} mt={1}>
        <IconTrash size={14} />
      </ActionIcon>
    </Tooltip>
  );
}

function ClauseEditor({
  entity,
  clause,
  onChange,
  readables,
}: {
  entity: Entity;
  clause: Clause;
  onChange: (c: Clause) => void;
  readables: Readable[];
}) {
  const type = readables.find((r) => r.name === clause.field)?.type;
  const ops = opsOf(type, clause.field);
  return (
    <>
      <Picker
        comboboxProps={inside}
        className={classes.field}
        aria-label="Field"
        data={[
          { group: "Fields", items: optionsOf(readables, false) },
          { group: "Record", items: stamps.map((s) => ({ value: s.name, label: s.label })) },
          ...(readables.some((r) => r.name.includes("."))
            ? [{ group: "Company", items: optionsOf(readables, true) }]
            : []),
        ]}
        value={clause.field}
        onChange={(name) => {
          const field = readables.find((r) => r.name === name);
          if (!field) return;
          const op = opsOf(field.type, field.name).includes(clause.op) ? clause.op : clauseOf(field).op;
          onChange(withOp({ ...clause, field: field.name }, op));
        }}
      />
      <NativeSelect
        size="xs"
        className={classes.op}
        aria-label="Comparison"
        value={clause.op}
        data={ops.map((op) => ({ value: op, label: opLabels[op] }))}
        onChange={(e) => {
          onChange(withOp(clause, e.currentTarget.value as Op));
        }}
      />
      {needsValue(clause.op) && <ValueInput entity={entity} clause={clause} type={type} onChange={onChange} />}
    </>
  );
}

/** The clause with another comparison; a value of another kind does not stay. */
function withOp(c: Clause, op: Op): Clause {
  if (spans(op)) return { ...c, op, value: spans(c.op) && c.value ? c.value : "30d" };
  const kept = !spans(c.op) && fromSource(c.op) === fromSource(op);
  return { ...c, op, value: kept ? c.value : "" };
}

const optionsOf = (readables: Readable[], company: boolean) =>
  readables
    .filter((r) => r.name.includes(".") === company && !stamps.includes(r))
    .map((r) => ({ value: r.name, label: r.label.replace(/^Company: /, company ? "Company " : "") }));

import type { Schemas } from "../../../api/client";

// The tree that the builder edits. It says the same as the CEL beside it;
// what the builder has no form for stays as it was written.

export type Op =
  | "is"
  | "is_not"
  | "any_of"
  | "contains"
  | "not_contains"
  | "starts"
  | "ends"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "before"
  | "after"
  | "within"
  | "older"
  | "from"
  | "not_from"
  | "from_like"
  | "true"
  | "false"
  | "filled"
  | "blank";

export type Clause = { kind: "clause"; field: string; op: Op; value: string; values: string[] };
export type Raw = { kind: "raw"; text: string };
export type Group = { kind: "group"; join: "and" | "or"; not: boolean; items: Node[] };
export type Node = Clause | Raw | Group;

/** A field that an expression may read, by its name there. */
export type Readable = { name: string; label: string; type: Schemas["Field"]["type"] };

export const opLabels: Record<Op, string> = {
  is: "is",
  is_not: "is not",
  any_of: "is any of",
  contains: "contains",
  not_contains: "does not contain",
  starts: "starts with",
  ends: "ends with",
  lt: "<",
  le: "≤",
  gt: ">",
  ge: "≥",
  before: "is before",
  after: "is on or after",
  within: "is within the last",
  older: "is longer ago than",
  from: "comes from",
  not_from: "does not come from",
  from_like: "comes from a source with",
  true: "is yes",
  false: "is no",
  filled: "is filled",
  blank: "is blank",
};

/** The times of a record itself, which every entity has. */
export const stamps: Readable[] = [
  { name: "created_at", label: "Record created", type: "timestamp" },
  { name: "updated_at", label: "Record changed", type: "timestamp" },
];

/** Where a value comes from is known of the fields of the record itself. */
const sourced = (name: string) => !name.includes(".") && !stamps.some((s) => s.name === name);

/** What can be asked of a field. */
export function opsOf(type: Readable["type"] | undefined, name: string): Op[] {
  const ops = opsOfType(type);
  if (type === undefined) return ops;
  if (stamps.some((s) => s.name === name)) return ops.filter((op) => op !== "filled" && op !== "blank");
  return sourced(name) ? [...ops, "from", "not_from", "from_like"] : ops;
}

/** Where a value comes from is compared, not the value. */
export const fromSource = (op: Op) => op === "from" || op === "not_from" || op === "from_like";

/** Where the value is a span of time. */
export const spans = (op: Op) => op === "within" || op === "older";

function opsOfType(type: Readable["type"] | undefined): Op[] {
  switch (type) {
    case "number":
    case "currency":
      return ["is", "is_not", "gt", "ge", "lt", "le", "filled", "blank"];
    case "boolean":
      return ["true", "false", "filled", "blank"];
    case "date":
    case "timestamp":
      return ["within", "older", "before", "after", "filled", "blank"];
    case "json":
      return ["filled", "blank"];
    case "select":
      return ["is", "is_not", "any_of", "filled", "blank"];
    case "multi_select":
      return ["contains", "not_contains", "any_of", "filled", "blank"];
    default:
      return ["contains", "not_contains", "is", "is_not", "any_of", "starts", "ends", "filled", "blank"];
  }
}

export const needsValue = (op: Op) => !["filled", "blank", "true", "false"].includes(op);

export const emptyGroup = (join: Group["join"] = "and"): Group => ({ kind: "group", join, not: false, items: [] });

export function clauseOf(field: Readable): Clause {
  return { kind: "clause", field: field.name, op: opsOf(field.type, field.name)[0] ?? "filled", value: "", values: [] };
}

/** Whether everything is filled in, so that the text can be read back. */
export function complete(n: Node): boolean {
  if (n.kind === "group") return n.items.every(complete);
  if (n.kind === "raw") return n.text.trim() !== "";
  if (n.op === "any_of") return n.values.length > 0;
  if (spans(n.op)) return /^\d+[smhdw]$/.test(n.value);
  return !needsValue(n.op) || n.value.trim() !== "";
}

/** The tree without what is not filled in yet, for a count while it is typed. */
export function pruned(g: Group): Group {
  const items = g.items.map((n) => (n.kind === "group" ? pruned(n) : n));
  return { ...g, items: items.filter((n) => (n.kind === "group" ? n.items.length > 0 : complete(n))) };
}

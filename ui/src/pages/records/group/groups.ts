import type { Schemas } from "../../../api/client";
import { shownText } from "../../../grid/value";
import { statuses } from "../../../ui/status";
import { quote } from "../../audiences/builder/cel";

type Field = Schemas["Field"];

/** By what rows are put together: the values of a field, whether it has one, or what providers said of it. */
export type GroupBy = { how: "value" | "filled" | "status"; field: Field };

/** One group: its value as records have it; null for the blank ones. */
export type GroupKey = string | number | boolean | null;

/** As the address and a saved view have it: title, filled:title or status:email. */
export const groupText = (how: GroupBy["how"], field: string) => (how === "value" ? field : `${how}:${field}`);

export function groupOf(text: string | undefined, fields: readonly Field[]): GroupBy | undefined {
  if (!text) return undefined;
  const [, how, key] = /^(?:(filled|status):)?(.+)$/.exec(text) ?? [];
  const field = fields.find((f) => f.field === key);
  if (!field || !waysOf(field).includes((how ?? "value") as GroupBy["how"])) return undefined;
  return { how: (how ?? "value") as GroupBy["how"], field };
}

/** How rows can be put together by a field. */
export function waysOf(field: Field): GroupBy["how"][] {
  if (field.type === "json") return ["filled"];
  if (field.type === "email" || field.type === "phone") return ["value", "filled", "status"];
  return ["value", "filled"];
}

/** The condition, in CEL, of a group's records. */
export function groupClause({ how, field: { field, type } }: GroupBy, key: GroupKey): string {
  if (how === "status") return key === null ? `blank(status(${field}))` : `status(${field}) == ${quote(String(key))}`;
  if (key === null) return `blank(${field})`;
  if (how === "filled") return `filled(${field})`;
  if (typeof key === "boolean" || typeof key === "number") return `${field} == ${key}`;
  if (type === "multi_select") return `${quote(key)} in ${field}`;
  if (type === "date") return `${field} == date(${quote(key)})`;
  if (type === "timestamp") return `${field} == timestamp(${quote(key)})`;
  return `${field} == ${quote(key)}`;
}

/** What a group is called. */
export function groupLabel({ how, field }: GroupBy, key: GroupKey): string {
  if (key === null) return how === "status" ? "No status" : "Blank";
  if (how === "filled") return "Has a value";
  if (how === "status") return statuses[String(key)]?.word ?? String(key);
  return shownText(field.type, key, field.currency);
}

/** The open group in the address: "blank", or = and the value. */
export const openText = (key: GroupKey) => (key === null ? "blank" : `=${key}`);

export function openKey(text: string | undefined, { how, field: { type } }: GroupBy): GroupKey | undefined {
  if (text === "blank") return null;
  if (!text?.startsWith("=")) return undefined;
  const value = text.slice(1);
  if (how === "filled") return true;
  if (how === "value" && type === "boolean") return value === "true";
  if (how === "value" && (type === "number" || type === "currency")) {
    const n = Number(value);
    return value !== "" && Number.isFinite(n) ? n : undefined;
  }
  return value;
}

/** What may be closed and opened by keys: where a key leads from the head of one of so many groups. */
export function headKey(key: string, at: number, of: number, open: boolean): number | "toggle" | undefined {
  if (key === "ArrowDown") return Math.min(at + 1, of - 1);
  if (key === "ArrowUp") return Math.max(at - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return of - 1;
  if ((key === "ArrowRight" && !open) || (key === "ArrowLeft" && open)) return "toggle";
  return undefined;
}

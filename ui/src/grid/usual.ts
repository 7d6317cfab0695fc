import type { Schemas } from "../api/client";
import { isSignals } from "./signal";

// The order of the columns where nobody has laid them out: what one came for stands
// left, a column that nobody has a value in stands right.

type Field = Schemas["Field"];

export type Known = {
  /** The fields that anybody has a value in, or that an enrichment fills; undefined while that is not known. */
  used?: ReadonlySet<string>;
  /** The filter of the audience: its fields stand in front. */
  where?: string;
};

/** Where one begins to read a record, and what is bought for it: there with and without values. */
const first = ["name", "title", "domain"];
const always = ["email"];

/** The fields in their usual order. */
export function usualOrder(fields: readonly Field[], { used, where = "" }: Known): Field[] {
  const named = namesIn(where);
  const rank = (f: Field) => {
    if (f.field === "name") return 0;
    const empty = used !== undefined && !used.has(f.field);
    if (first.includes(f.field) && !empty) return 1;
    if (isSignals(f.field)) return 2;
    if (named.has(f.field)) return 3;
    return empty && !always.includes(f.field) ? 5 : 4;
  };
  // Within a rank those of ours come first, then each in its place.
  return fields
    .map((field, i) => ({ field, rank: rank(field), own: field.builtin ? 0 : 1, i }))
    .sort((a, b) => a.rank - b.rank || a.own - b.own || a.i - b.i)
    .map((x) => x.field);
}

/** The names that an expression reads; what stands in quotes or behind a dot is none. */
function namesIn(where: string): Set<string> {
  const bare = where.replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, " ");
  return new Set(bare.match(/(?<![\w.])[a-z]\w*/gi) ?? []);
}

/** The fields in an order that was found before; those that are new since stand last. */
export function inOrder(fields: readonly Field[], order: readonly string[]): Field[] {
  const place = new Map(order.map((key, i) => [key, i]));
  return [...fields].sort((a, b) => (place.get(a.field) ?? order.length) - (place.get(b.field) ?? order.length));
}

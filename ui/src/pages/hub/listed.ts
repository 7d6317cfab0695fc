import type { Schemas } from "../../api/client";
import { micro } from "../../ui/money";

type Field = Pick<
  Schemas["HubField"],
  "field" | "label" | "key" | "filled" | "median_age_days" | "cost_credits" | "sources"
>;

export type Sort = "key" | "name" | "filled" | "age" | "cost";

const less = (a: bigint | number, b: bigint | number) => (a < b ? -1 : a > b ? 1 : 0);

const orders: Record<Sort, (a: Field, b: Field) => number> = {
  key: (a, b) => Number(b.key) - Number(a.key), // key fields first, the rest as they stand
  name: (a, b) => a.label.localeCompare(b.label),
  filled: (a, b) => a.filled - b.filled,
  age: (a, b) => (a.median_age_days ?? 0) - (b.median_age_days ?? 0),
  cost: (a, b) => less(micro(a.cost_credits), micro(b.cost_credits)),
};

/** The fields that have every word in their name or where they are from, with gaps if only those, in an order. */
export function listed<F extends Field>(
  all: F[],
  of: { words: string; gaps: boolean; records: number; sort: Sort; desc: boolean },
): F[] {
  const words = of.words.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (f: Field) => [f.label, f.field, ...Object.keys(f.sources ?? {})].join(" ").toLowerCase();
  return all
    .filter((f) => (!of.gaps || f.filled < of.records) && words.every((w) => text(f).includes(w)))
    .sort((a, b) => (of.desc ? -1 : 1) * orders[of.sort](a, b));
}

import type { Schemas } from "../../api/client";
import { micro } from "../../ui/money";
import { allRows } from "./outcomes";

type Enrichment = Schemas["EnrichmentView"];

/** What the list is narrowed to. */
export const states = [
  { value: "all", label: "All", has: () => true },
  { value: "live", label: "Live", has: (e: Enrichment) => e.state === "live" || Boolean(e.piloting) },
  { value: "stopped", label: "Stopped", has: (e: Enrichment) => e.state === "paused" && e.pause_reason !== "finished" },
  { value: "finished", label: "Finished", has: (e: Enrichment) => e.pause_reason === "finished" },
  { value: "draft", label: "Drafts", has: (e: Enrichment) => e.state === "draft" && !e.piloting },
] as const;

export type Sort = "name" | "rows" | "remaining" | "spent" | "saved";

const less = (a: bigint | number, b: bigint | number) => (a < b ? -1 : a > b ? 1 : 0);

const orders: Record<Sort, (a: Enrichment, b: Enrichment) => number> = {
  name: (a, b) => a.label.localeCompare(b.label),
  rows: (a, b) => less(allRows(a), allRows(b)),
  remaining: (a, b) => less(a.remaining_rows, b.remaining_rows),
  spent: (a, b) => less(micro(a.spent_credits), micro(b.spent_credits)),
  saved: (a, b) => less(micro(a.saved_credits), micro(b.saved_credits)),
};

/** The enrichments of a state that have every word in a name or a field, in an order. */
export function listed(
  all: Enrichment[],
  of: { state: string; words: string; sort: Sort; desc: boolean },
): Enrichment[] {
  const words = of.words.toLowerCase().split(/\s+/).filter(Boolean);
  const has = states.find((s) => s.value === of.state)?.has ?? (() => true);
  const text = (e: Enrichment) =>
    [
      e.label,
      e.name,
      ...e.audience,
      ...Object.values(e.definition.outputs ?? {}),
      ...e.definition.steps.map((s) => s.provider),
    ]
      .join(" ")
      .toLowerCase();
  return all
    .filter((e) => has(e) && words.every((w) => text(e).includes(w)))
    .sort((a, b) => (of.desc ? -1 : 1) * orders[of.sort](a, b) || a.name.localeCompare(b.name));
}

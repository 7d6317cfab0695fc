import type { Schemas } from "../api/client";

type Enrichment = Schemas["EnrichmentView"];

/** The enrichments that fill each field, by its key; the live ones first. */
export function fillersOf(entity: string, list: readonly Enrichment[]): Map<string, Enrichment[]> {
  const out = new Map<string, Enrichment[]>();
  const rank = (e: Enrichment) => (e.state === "live" ? 0 : e.state === "paused" ? 1 : 2);
  for (const e of [...list].filter((e) => e.entity === entity).sort((a, b) => rank(a) - rank(b)))
    for (const field of new Set(Object.values(e.definition.outputs ?? {})))
      out.set(field, [...(out.get(field) ?? []), e]);
  return out;
}

/** How an enrichment stands, in a few words for the head of a column. */
export function standing(e: Enrichment): string {
  if (e.piloting) return "pilot running";
  if (e.state === "draft") return "draft";
  const left = e.remaining_rows > 0 ? `, ${e.remaining_rows.toLocaleString("en-US")} left` : "";
  if (e.state === "paused") return e.pause_reason === "finished" ? "finished" : `paused${left}`;
  return e.remaining_rows > 0 ? `running${left}` : "live, up to date";
}

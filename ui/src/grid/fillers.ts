import type { Schemas } from "../api/client";
import { grouped } from "../ui/grouped";

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

/** The sign in the head of a column: each has a shape of its own. */
export type Sign = "running" | "waiting" | "live" | "paused" | "stopped" | "draft";

/** Why an enrichment stopped that nobody paused. */
const stopped: Record<string, string> = {
  limit: "limit reached",
  balance: "out of credits",
  provider: "its provider refuses",
  failures: "too many failures",
  guard: "a guard stopped it",
  restored: "restored from a copy",
};

/** How an enrichment stands, as a sign and in a few words, for the head of a column. */
export function stands(e: Enrichment): { sign: Sign; words: string } {
  const left = e.remaining_rows > 0 ? `, ${grouped(e.remaining_rows)} left` : "";
  if (e.piloting) return { sign: "running", words: "chosen rows are running" };
  if (e.state === "draft") return { sign: "draft", words: "draft" };
  if (e.state === "paused") {
    if (e.pause_reason === "finished") return { sign: "live", words: "finished" };
    const why = e.room_again ? undefined : stopped[e.pause_reason ?? ""];
    return why ? { sign: "stopped", words: `${why}${left}` } : { sign: "paused", words: `paused${left}` };
  }
  if (e.remaining_rows === 0) return { sign: "live", words: "live, up to date" };
  if (!e.followed) return { sign: "waiting", words: `waiting: nobody makes calls${left}` };
  if (e.in_flight === 0 && (e.waiting_for ?? []).length > 0) return { sign: "waiting", words: `waiting${left}` };
  return { sign: "running", words: `running${left}` };
}

export const standing = (e: Enrichment): string => stands(e).words;

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

/** What one that is live waits for, where that stops all of it, and when a cell of it is asked then. */
const waitsFor: Record<string, [what: string, until: string]> = {
  limit: ["limit reached", "It is asked once there is room under the limit."],
  balance: ["out of credits", "It is asked once credits are granted."],
  guard: ["a guard set it aside", "It is asked once somebody lets it run."],
  approval: ["approval", "It is asked once somebody approves it."],
  schedule: ["its schedule", "It is asked at the next time of the schedule."],
  spending_paused: ["spending is paused", "It is asked once spending goes on."],
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
  if (e.in_flight === 0 && (e.waiting_for ?? []).length > 0) {
    const what = waitsFor[e.waiting_for[0]?.reason ?? ""]?.[0];
    return { sign: "waiting", words: `${what ? `waiting: ${what}` : "waiting"}${left}` };
  }
  return { sign: "running", words: `running${left}` };
}

export const standing = (e: Enrichment): string => stands(e).words;

/** Why a cell that is to be asked is not, and until when: in a word or two, and in a sentence. */
export type Held = { word: string; says: string };

/** What a cell waits for while nothing that fills its field makes calls; undefined where something does. */
export function heldBy(fillers: readonly Enrichment[]): Held | undefined {
  const all = fillers.filter((e) => e.state !== "draft").map((e) => ({ e, held: heldOf(e) }));
  return all.every((x) => x.held) ? all[0]?.held : undefined;
}

function heldOf(e: Enrichment): Held | undefined {
  if (e.piloting) return undefined;
  const held = (why: string, until: string): Held => ({ word: `waits: ${why}`, says: `${e.label}: ${why}. ${until}` });
  if (e.state === "paused") {
    const why = e.room_again ? undefined : stopped[e.pause_reason ?? ""];
    if (e.pause_reason === "limit" && why) return held(why, "It is asked once the limit is raised.");
    return held(why ?? "paused", "It is asked once the enrichment is resumed.");
  }
  if (!e.followed) return held("nobody makes calls", "It is asked once enrichments run again.");
  const waits = e.in_flight === 0 ? waitsFor[e.waiting_for?.[0]?.reason ?? ""] : undefined;
  return waits && held(...waits);
}

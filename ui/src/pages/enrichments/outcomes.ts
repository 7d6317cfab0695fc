import type { Schemas } from "../../api/client";
import type { Part } from "../../ui/Bar";
import { creditsText } from "../../ui/money";
import { count, readable } from "../../ui/time";
import { sentence } from "../../ui/words";

type Rows = Schemas["RowCounts"];
type Outcome = { key: keyof Rows; label: string; color: string; means: string; retry?: boolean };

/** Every place that a row can be in, in the order in which it is shown. */
export const outcomes: Outcome[] = [
  { key: "found", label: "Found", color: "var(--fettle-found)", means: "Bought, and written to the record." },
  {
    key: "reused",
    label: "Reused",
    color: "var(--fettle-reused)",
    means: "Bought before, by whichever audience or enrichment: free.",
  },
  {
    key: "filled",
    label: "Already had a value",
    color: "light-dark(#8fb3a8, #3f6f63)",
    means: "The record had a value from elsewhere: free.",
  },
  {
    key: "not_found",
    label: "Not found",
    color: "var(--fettle-missed)",
    means: "Every step was asked and had nothing.",
    retry: true,
  },
  {
    key: "known_not_found",
    label: "Known not found",
    color: "light-dark(#d3cec7, #55504b)",
    means: "Every step was asked before and had nothing: not asked again.",
    retry: true,
  },
  {
    key: "skipped",
    label: "Skipped",
    color: "light-dark(#ddd8d2, #46423e)",
    means: "The condition is false, or the record is suppressed (do not enrich): each row says which.",
    retry: true,
  },
  {
    key: "missing_input",
    label: "Missing input",
    color: "light-dark(#e3c9a0, #6b5632)",
    means: "The record lacks what a step needs: free.",
    retry: true,
  },
  {
    key: "failed",
    label: "Failed",
    color: "var(--fettle-failed)",
    means: "The call failed; it is asked again only when you say so.",
    retry: true,
  },
  {
    key: "unknown",
    label: "May have been billed",
    color: "var(--fettle-unknown)",
    means: "Its outcome cannot be known; its money is held until you resolve it.",
  },
  {
    key: "taken_back",
    label: "Taken back",
    color: "light-dark(#c9c2d6, #4b4657)",
    means: "A person took the value back: bought for nobody until you rerun it.",
  },
  { key: "running", label: "Running", color: "var(--fettle-running)", means: "A call is in flight." },
  {
    key: "waiting",
    label: "Waiting",
    color: "light-dark(#f0dcb4, #5e4c28)",
    means: "Waits for a cell held elsewhere, room under a limit, or a retry's time.",
  },
  { key: "pending", label: "Pending", color: "transparent", means: "Not asked yet." },
];

export const outcomeLabel = (key: string | undefined) => outcomes.find((o) => o.key === key)?.label ?? key ?? "";
export const outcomeColor = (key: string | undefined) => outcomes.find((o) => o.key === key)?.color ?? "transparent";

export const totalRows = (rows: Rows) => outcomes.reduce((n, o) => n + rows[o.key], 0);

/**
 * All rows of an enrichment, wherever a number of them is told: those that ended, those that remain, and those yet to be
 * opened that would end at once. They are its audience, as its price counts it.
 */
export const allRows = (of: Pick<Schemas["EnrichmentView"], "rows" | "remaining_rows" | "idle_rows">) =>
  doneRows(of.rows) + of.remaining_rows + (of.idle_rows ?? 0);

/** Rows that have ended. Rows yet to be opened are remaining, and in no count of rows. */
export const doneRows = (rows: Rows) => totalRows(rows) - rows.pending - rows.waiting - rows.running;

export const rowParts = (rows: Rows): Part[] =>
  outcomes.map((o) => ({ value: rows[o.key], color: o.color, label: o.label }));

const causes: Record<string, string> = {
  start: "start",
  entered: "entered the audience",
  input_changed: "its input changed",
  signal: "a signal",
  poll: "a check for signals",
  refresh: "refresh",
  retry: "retry",
  rerun: "bought again",
  pilot: "pilot",
};
export const causeLabel = (cause: string) => causes[cause] ?? cause;

/** Why it is paused, without its name; undefined where a person or its end says enough. */
export function pausedBecause(of: Schemas["EnrichmentView"]): string | undefined {
  if (of.state === "draft") {
    // A pilot that ended before its end.
    return of.pause_detail && !of.piloting ? sentence(readable(of.pause_detail)) : undefined;
  }
  if (of.state !== "paused") return undefined;
  if (!of.pause_detail || of.pause_reason === "person" || of.pause_reason === "finished") return undefined;
  if (of.room_again) return `There is room again (${leftText(of.limit)}): resume it to go on from the same row.`;
  const text = readable(of.pause_detail);
  const named = [of.label, of.name].map((n) => `${n} paused: `).find((n) => text.startsWith(n));
  return named ? text.slice(named.length).replace(/^./, (c) => c.toUpperCase()) : text;
}

/** "its limit leaves 150 credits and 12 records". */
function leftText(limit: Schemas["LimitView"] | null | undefined): string {
  const left = [
    limit?.left_credits != null ? creditsText(limit.left_credits) : "",
    limit?.left_records != null ? count(limit.left_records, "record") : "",
  ].filter(Boolean);
  return left.length ? `its limit leaves ${left.join(" and ")}` : "no limit is in the way";
}

export const reasons: Record<string, string> = {
  person: "by a person",
  limit: "limit reached",
  balance: "out of credits",
  failures: "too many failures",
  provider: "provider refuses",
  finished: "finished",
  guard: "guarded from quiet spending",
  restored: "database restored",
};
export const reasonLabel = (reason: string | undefined) => (reason ? (reasons[reason] ?? reason) : "paused");

import type { Schemas } from "../../../api/client";
import { creditsText, fromMicro, micro, multiply } from "../../../ui/money";

type Estimate = Schemas["Estimate"];

/** The rows to buy, or those that the limits in records leave where they are fewer. */
const rowsByRecords = (e: Estimate) => Math.min(e.to_run, e.limit_left_records ?? e.to_run);

/** The rows to buy, or those that all limits and the balance leave where they are fewer: no more can find something. */
export function rowsAtMost(e: Estimate): number {
  const each = micro(e.found_credits);
  const rows = rowsByRecords(e);
  return each > 0n ? Math.min(rows, Number(micro(atMost(e)) / each)) : rows;
}

/** "Buy up to 10 emails, at most 10 credits": what can really be bought, "about" where rows do not all cost the same. */
export function buyWords(e: Estimate, things: (rows: number) => string): string {
  const rows = rowsAtMost(e);
  const guessed = rows < rowsByRecords(e) && !e.found_fixed;
  return `Buy ${e.next_run ? "the next" : guessed ? "about" : "up to"} ${things(rows)}, at most ${creditsText(atMost(e))}`;
}

/** The highest price, or what the limits or the balance leave where that is less. */
export function atMost(e: Estimate): string {
  const rows = rowsByRecords(e);
  const byRows = rows < e.to_run ? multiply(e.per_row_credits, rows) : undefined;
  const bounds = [e.high_credits, byRows, e.limit_left_credits, e.balance_credits];
  return bounds.filter((c): c is string => c != null).reduce((a, b) => (micro(b) < micro(a) ? b : a));
}

/** The highest price of the first `rows` to buy, within limits and balance. */
export function firstAtMost(e: Estimate, rows: number): string {
  const few = multiply(e.per_row_credits, Math.min(rows, rowsByRecords(e)));
  const all = atMost(e);
  return micro(few) < micro(all) ? few : all;
}

type Typed = { credits: string; records: string; per: string };

/**
 * The estimate as a limit that is being typed would leave it: what is used stays
 * used, and another limit that is tighter than today's own still binds.
 */
export function under(e: Estimate, own: Schemas["LimitView"] | null | undefined, typed: Typed): Estimate {
  const same = own?.per === typed.per;
  const used = { credits: same ? micro(own?.used_credits) : 0n, records: same ? (own?.used_records ?? 0) : 0 };
  const others = {
    credits: tighter(e.limit_left_credits, own?.left_credits, (a, b) => micro(a) < micro(b)),
    records: tighter(e.limit_left_records, own?.left_records, (a, b) => a < b),
  };
  const credits = [typed.credits.trim() ? fromMicro(positive(micro(typed.credits) - used.credits)) : undefined];
  const records = [typed.records.trim() ? Math.max(0, Number(typed.records) - used.records) : undefined];
  const left = [...credits, others.credits].filter((c): c is string => c != null);
  const leftRecords = [...records, others.records].filter((n): n is number => n != null);
  return {
    ...e,
    high_credits: e.unlimited_credits ?? e.high_credits,
    limit_left_credits: left.length ? left.reduce((a, b) => (micro(b) < micro(a) ? b : a)) : null,
    limit_left_records: leftRecords.length ? Math.min(...leftRecords) : null,
  };
}

const positive = (n: bigint) => (n < 0n ? 0n : n);

/** What all limits leave, where it is less than what this one does. */
const tighter = <T>(all: T | null | undefined, own: T | null | undefined, less: (a: T, b: T) => boolean) =>
  all != null && (own == null || less(all, own)) ? all : undefined;

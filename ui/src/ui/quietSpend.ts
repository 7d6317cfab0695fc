import { ApiError } from "../api/client";

export type QuietSpend = { enrichment: string; rows: number; to_buy: number; high_credits: string };

/** What a refused change would have put into live enrichments; null if that is not why. */
export function quietSpendOf(err: unknown): QuietSpend[] | null {
  if (!(err instanceof ApiError) || err.code !== "confirm") return null;
  const list = err.details.quiet_spend;
  return Array.isArray(list) ? (list as QuietSpend[]) : null;
}

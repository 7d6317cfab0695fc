import type { Schemas } from "../../../api/client";
import { fromMicro, micro, multiply } from "../../../ui/money";

/**
 * The lifetime limit, in whole credits, under which every row that is left fits
 * at its highest price; undefined where that cannot be said or fits already.
 */
export function enoughFor(of: Schemas["EnrichmentView"], perRow: string | undefined, per: string): string | undefined {
  const price = perRow ?? of.estimate?.per_row_credits;
  const limit = of.limit;
  if (!price || per !== "lifetime" || of.remaining_rows === 0 || limit?.credits == null) return undefined;
  const need = micro(limit.used_credits) + micro(multiply(price, of.remaining_rows));
  if (need <= micro(limit.credits)) return undefined;
  const whole = micro("1");
  return fromMicro(((need + whole - 1n) / whole) * whole);
}

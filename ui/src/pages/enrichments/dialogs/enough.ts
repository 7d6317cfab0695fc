import type { Schemas } from "../../../api/client";
import { fromMicro, micro } from "../../../ui/money";

/**
 * The lifetime limit, in whole credits, under which every row to buy fits at its
 * highest price; undefined where that cannot be said or fits already.
 */
export function enoughFor(
  of: Schemas["EnrichmentView"],
  estimate: Schemas["Estimate"] | undefined,
  per: string,
): string | undefined {
  const limit = of.limit;
  if (!estimate?.enough_credits || estimate.to_run === 0 || per !== "lifetime") return undefined;
  if (limit && (limit.credits == null || limit.per !== per)) return undefined;
  const need = micro(estimate.enough_credits);
  if (limit && need <= micro(limit.credits)) return undefined;
  const whole = micro("1");
  return fromMicro(((need + whole - 1n) / whole) * whole);
}

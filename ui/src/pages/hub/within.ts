import type { Schemas } from "../../api/client";
import { formatCredits, micro } from "../../ui/money";

/** How much of the price of all rows the limits and the balance leave; nothing where that is all of it. */
export function within(rest: Schemas["HubFillRest"]): string {
  return micro(rest.expected_credits) < micro(rest.unlimited_expected_credits)
    ? `, of which its limits and the balance leave ${formatCredits(rest.expected_credits, 0)}`
    : "";
}

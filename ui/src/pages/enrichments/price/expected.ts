import type { Schemas } from "../../../api/client";
import { about } from "../../../ui/money";

type Estimate = Schemas["Estimate"];

/** An amount that an estimate expects, as every page shows it. */
export const expectedOf = (e: Estimate, credits = e.expected_credits) =>
  about(credits, e.per_row_credits, e.found_credits, e.low_credits);

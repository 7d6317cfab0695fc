import type { Schemas } from "../../api/client";

export type Begun = Pick<Schemas["EnrichmentView"], "state" | "run_id">;

/** Whether it ever went live: what is paused is resumed, whatever was edited meanwhile and whether or not its run ended by that. */
export const begun = (of: Begun) => of.state !== "draft" || Boolean(of.run_id);

type Tried = Begun & Pick<Schemas["EnrichmentView"], "piloting" | "rows" | "remaining_rows" | "limit">;

/** Whether rows of it were run. */
export const triedBefore = (of: Tried) => begun(of) || Object.values(of.rows).some((n) => n > 0);

/** How many rows are tried at a time. */
export const FEW = 10;

/**
 * Whether trying a few rows is what is advised, and so the one primary button: nothing was tried yet, there are more rows
 * than those few, and they cost something.
 */
export const triesFirst = (of: Tried, highest?: bigint) =>
  !triedBefore(of) && Boolean(of.limit) && of.remaining_rows > FEW && highest !== 0n;

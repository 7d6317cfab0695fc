/** How a cell stands beside its value, in the API's words. */
export type CellState =
  | "running"
  | "unknown"
  | "pending"
  | "waiting"
  | "failed"
  | "not_found"
  | "missing_input"
  | "skipped"
  | "taken_back"
  | "stale"
  | "reused";

/** What a cell says of itself; quiet, and never by colour alone. */
export const cellStates: Record<CellState, { word: string; title: string }> = {
  running: { word: "running", title: "A provider is being asked" },
  unknown: { word: "may be billed", title: "A call may have been billed; resolve it under Credits" },
  pending: { word: "queued", title: "It is to be asked" },
  waiting: { word: "waiting", title: "Waits for room under a limit, a retry, or another call" },
  failed: { word: "failed", title: "The last call failed" },
  not_found: { word: "not found", title: "Every provider was asked and had nothing" },
  missing_input: { word: "no input", title: "The record lacks what the enrichment needs" },
  skipped: { word: "skipped", title: "The enrichment's condition does not hold, or the record is suppressed" },
  taken_back: { word: "taken back", title: "A person took the value back: bought for nobody until you rerun it" },
  reused: { word: "reused", title: "Bought before, and not again" },
  stale: { word: "older", title: "Bought by an older version of the enrichment" },
};

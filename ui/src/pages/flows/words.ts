import type { Flow, SendOutcome } from "../../api/queries/flows";

export const kindWords: Record<Flow["kind"], string> = {
  file: "File",
  scheduled: "File on a schedule",
  api: "Program",
  hook: "Records sent to us",
  signals: "Signals sent to us",
  destination: "Destination",
  channel: "Webhook",
};

/** What became, or would become, of a record. */
export const outcomeWords: Record<SendOutcome, string> = {
  written: "written",
  unchanged: "already the same",
  has_value: "has a value of its own",
  blank: "nothing to send",
  no_id: "no id",
  shared_id: "another record has the same id",
  not_there: "not there",
  suppressed: "suppressed",
  left: "left the audience",
  refused: "refused",
  failed: "given up",
  tried_again: "tried again",
  unknown: "may have arrived",
};

export const stateColours: Record<string, string> = { on: "teal", off: "gray", failing: "red" };

/** How many records a dry run from here looks at. */
export const looked = 1000;

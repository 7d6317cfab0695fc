import type { Schemas } from "../../api/client";
import { whyNot } from "../../ui/may";
import { type Begun, begun } from "./begun";
import { totalRows } from "./outcomes";

// One state machine for the head of an enrichment's page: what its one primary
// button does, what else may be done, and why not. Nothing else decides it.

type Enrichment = Pick<
  Schemas["EnrichmentView"],
  "state" | "pause_reason" | "piloting" | "run_id" | "limit" | "room_again" | "rows" | "remaining_rows"
>;
type Who = Parameters<typeof whyNot>[0];

/** price and limit open their tab, grant the page of credits; the others act, or ask. */
export type Act = "price" | "limit" | "grant" | "pause" | "edit" | "rerun" | "point" | "reset" | "delete";

export type Action = {
  act: Act;
  label: string;
  /** Why it cannot be done; a button without a reason works. */
  why?: string;
  /** It is live: it is paused first, by the same press. */
  pauses?: boolean;
};

export type Head = { primary?: Action; others: Action[] };

/** The tabs of an enrichment as it stands: what is live has no price to start by. */
export function tabsOf(of: Begun): { value: string; label: string }[] {
  return [
    { value: "overview", label: "Overview" },
    ...(of.state === "live" ? [] : [{ value: "start", label: begun(of) ? "Price and resume" : "Try and start" }]),
    { value: "rows", label: "Rows" },
    { value: "runs", label: "Runs" },
    { value: "limit", label: "Limit" },
    { value: "backtest", label: "Backtest" },
    { value: "journal", label: "Journal" },
    { value: "versions", label: "Versions" },
  ];
}

/** The tab to show: the one asked for where there is one, else what one comes for. */
export function tabOf(of: Begun, asked: string | undefined): string {
  if (asked && tabsOf(of).some((t) => t.value === asked)) return asked;
  return !begun(of) ? "start" : "overview";
}

/** What the head offers on a tab. Where the primary button only leads to what is on screen, the button there is it. */
export function headOf(of: Enrichment, who: Who, tab: string): Head {
  const first = primaryOf(of, who);
  const shown = { price: ["start"], limit: ["start", "limit"] }[first.act as string]?.includes(tab);
  return { primary: shown ? undefined : first, others: othersOf(of, who) };
}

function primaryOf(of: Enrichment, who: Who): Action {
  if (of.state === "live" || of.piloting) return { act: "pause", label: "Pause", why: whyNot(who, "edit") };
  if (of.state === "draft" && !of.limit) return { act: "price", label: "Set a limit and start" };
  if (of.state === "paused" && !of.room_again) {
    if (of.pause_reason === "limit") return { act: "limit", label: "Raise the limit" };
    if (of.pause_reason === "balance") return { act: "grant", label: "Grant credits" };
  }
  if (of.pause_reason === "finished") return { act: "price", label: "See the price of another run" };
  return { act: "price", label: begun(of) ? "See the price and resume" : "See the price and start" };
}

function othersOf(of: Enrichment, who: Who): Action[] {
  const pauses = of.state === "live" || Boolean(of.piloting) || undefined;
  const why = whyNot(who, "edit");
  const rows = totalRows(of.rows) + of.remaining_rows;
  return [
    { act: "edit", label: "Edit", why, pauses },
    { act: "rerun", label: "Ask again", why: whyNot(who, "spend") ?? (rows === 0 ? "It has no rows." : undefined) },
    { act: "point", label: "Point at another audience", why, pauses },
    { act: "reset", label: "Reset its rows", why: why ?? (rows === 0 ? "It has no rows." : undefined), pauses },
    { act: "delete", label: "Delete", why, pauses },
  ];
}

import type { Schemas } from "../../api/client";
import { micro } from "../../ui/money";

type Enrichment = Schemas["EnrichmentView"];

/** Whether a limit of its own leaves nothing to buy with, while it is live. */
export const limitReached = (of: Pick<Enrichment, "state" | "limit" | "limits">) =>
  of.state === "live" &&
  (of.limits ?? (of.limit ? [of.limit] : [])).some(
    (l) => !l.none && (l.left_records === 0 || (l.left_credits != null && micro(l.left_credits) === 0n)),
  );

/** What it does by itself from now on, in a sentence, its audiences as people call them. */
export function next(of: Enrichment, called = (name: string) => name): string {
  if (of.state === "draft") return "Nothing until it is started.";
  if (of.state === "paused")
    return of.pause_reason === "finished"
      ? "It ran once, and is done."
      : "Nothing until it is resumed; then everything is caught up, each cell once.";
  if (!of.followed) return "Enrichments are not running: whoever runs the server has to start a worker.";
  if (limitReached(of))
    return "Its limit is reached: what enters or changes waits, and nothing is bought until the limit is raised or begins anew.";
  if (of.schedule && !of.schedule.working) return "What is due collects, and leaves at the next time of its schedule.";
  const follows = `It follows ${of.audience.map(called).join(", ")}.`;
  if (of.definition.follow && of.remaining_rows === 0 && of.rows.waiting === 0)
    return `All its rows are done. ${follows.slice(0, -1)}: who enters or changes is asked then.`;
  return of.definition.follow || of.schedule ? follows : "It stops by itself when every row has run.";
}

/** Where one goes to let it go on, and what that is; undefined where nothing stops it. */
export function wayOn(of: Enrichment): { to: "limit" | "start" | "credits" | "providers"; text: string } | undefined {
  if (of.state === "draft") return { to: "start", text: "See its price, try ten rows, or start it" };
  if (limitReached(of)) return { to: "limit", text: "Raise the limit" };
  if (of.state !== "paused") return undefined;
  if (of.room_again || of.mended) return { to: "start", text: "What stopped it is gone: see the price and resume" };
  switch (of.pause_reason) {
    case "limit":
      return { to: "limit", text: "Set a higher limit, and it goes on from the same row" };
    case "balance":
      return { to: "credits", text: "Grant credits on the page of credits, then resume it" };
    case "provider":
      return { to: "providers", text: "Look at the provider, then resume it" };
    case "finished":
      return { to: "start", text: "See the price of another run" };
    default:
      return { to: "start", text: "See the price and resume it" };
  }
}

import type { Schemas } from "../../api/client";
import { creditsText, micro } from "../../ui/money";
import { count } from "../../ui/time";
import { pausedBecause, reasonLabel } from "../enrichments/outcomes";

export type Need =
  | { id: string; kind: "enrichment"; name: string; tab: string; title: string; detail: string; action: string }
  | { id: string; kind: "unknown" | "answers"; title: string; detail: string; action: string }
  | { id: string; kind: "provider"; name: string; title: string; detail: string; action: string };

type Facts = {
  enrichments: Schemas["EnrichmentView"][];
  credits: Schemas["CreditsView"] | undefined;
  providers: Schemas["ProviderView"][];
  /** Answers that were held back, about which nobody has decided. */
  held?: number;
};

const stopped = new Set(["limit", "balance", "failures", "provider", "guard", "restored"]);

/** Why it stopped, and what is left to do. */
function detailOf(e: Schemas["EnrichmentView"]): string {
  const left = e.remaining_rows > 0 ? `${count(e.remaining_rows, "row")} left to do.` : "";
  return [pausedBecause(e), left].filter(Boolean).join(" ");
}

/** What only a person can decide. */
export function needs({ enrichments, credits, providers, held = 0 }: Facts): Need[] {
  const out: Need[] = [];
  for (const e of enrichments) {
    if (e.state !== "paused" || !stopped.has(e.pause_reason ?? "")) continue;
    const byLimit = e.pause_reason === "limit" || e.pause_reason === "balance";
    out.push({
      id: `e-${e.name}`,
      kind: "enrichment",
      name: e.name,
      tab: e.room_again || e.mended ? "start" : byLimit ? "limit" : "overview",
      title: `${e.label} has stopped: ${reasonLabel(e.pause_reason)}`,
      detail: detailOf(e),
      action: e.room_again || e.mended ? "Resume" : byLimit ? "Raise the limit" : "Look",
    });
  }
  if (credits && micro(credits.unknown_credits) > 0n) {
    out.push({
      id: "unknown",
      kind: "unknown",
      title: `${creditsText(credits.unknown_credits)} may have been billed`,
      detail: "The outcome of these calls cannot be known. Their money is held until you say what happened.",
      action: "Resolve",
    });
  }
  if (held > 0) {
    out.push({
      id: "answers",
      kind: "answers",
      title: `${count(held, "answer")} held back`,
      detail: "They are about somebody else than the record that they were paid for, and written nowhere.",
      action: "Review",
    });
  }
  const used = new Set(
    enrichments.filter((e) => e.state !== "draft").flatMap((e) => e.definition.steps.map((s) => s.provider)),
  );
  for (const p of providers) {
    if (p.ready || !p.operations.some((o) => used.has(o.id))) continue;
    out.push({
      id: `p-${p.name}`,
      kind: "provider",
      name: p.name,
      title: `${p.title} cannot be asked`,
      detail: p.why ?? "",
      action: "Connect it",
    });
  }
  return out;
}

import type { Schemas } from "../api/client";
import { begun } from "../pages/enrichments/begun";
import { type Deed, whyNot } from "../ui/may";
import { creditsText, formatCredits } from "../ui/money";
import { count } from "../ui/time";

/** What a line of the palette does: goes to an address, or opens a dialog where one is. */
export type Act = { href: string } | { open: "pause" | "point"; name: string };

export type Item = {
  id: string;
  kind: string;
  label: string;
  /** A second line. */
  detail?: string;
  /** What it is found by beside its label. */
  words: string;
  act: Act;
};

type Enrichment = Schemas["EnrichmentView"];
type Who = Parameters<typeof whyNot>[0];

const page = (label: string, href: string, words = "", kind = "Page"): Item => ({
  id: href.replaceAll(/[/?=]/g, "-"),
  kind,
  label,
  words,
  act: { href },
});

/** Every page, and what begins something new. */
export function pages(who: Who): Item[] {
  const make = whyNot(who, "edit") === undefined;
  return [
    page("Data Hub", "/", "home fill rates health dashboard"),
    page("People", "/people", "records contacts"),
    page("Companies", "/companies", "records accounts"),
    page("Audiences", "/audiences", "segment list filter"),
    page("Signals", "/signals", "job change events rules hooks"),
    page("Sources and destinations", "/flows", "crm hubspot sync webhook connections data in out"),
    page("Enrichments", "/enrichments"),
    page("Credits", "/credits", "spend balance journal limit money"),
    page("Calls that may have been billed", "/credits?tab=unknown", "unknown resolve"),
    page("Limits", "/credits?tab=limits", "cap quota workspace provider person"),
    page("Review", "/review", "duplicates merge conflicts"),
    page("Answers held back", "/review/answers", "strangers namesakes identity wrong person claims"),
    page("Undo", "/undo", "take back history changes"),
    page("Providers", "/providers", "keys prices models"),
    page("Notifications", "/notifications"),
    page("Settings", "/settings", "tokens audit channels slack email webhook people invite"),
    ...(make
      ? [
          page("Import people", "/import", "csv upload file add", "Action"),
          page("Import companies", "/import?entity=companies", "csv upload file add", "Action"),
          page("New person", "/people?new=true", "add create contact record", "Action"),
          page("New company", "/companies?new=true", "add create account record", "Action"),
          page("New audience", "/audiences/new", "add create segment list filter", "Action"),
          page("New audience of companies", "/audiences/new?entity=companies", "add create segment list", "Action"),
          page("New enrichment", "/enrichments/new", "add create waterfall", "Action"),
        ]
      : [page("Import", "/import", "csv upload file")]),
  ];
}

/**
 * What may be done with an enrichment as it is. What spends leads to its price
 * and spends nothing by itself.
 */
export function acts(of: Enrichment, who: Who, called = (audience: string) => audience): Item[] {
  const at = (tab: string) => ({ href: `/enrichments/${of.name}?tab=${tab}` });
  const out: Item[] = [];
  const add = (to: Deed, id: string, label: string, detail: string, words: string, act: Act) => {
    if (whyNot(who, to) === undefined)
      out.push({ id: `${id}-${of.name}`, kind: "Action", label, detail, words: `${words} ${of.name}`, act });
  };
  const running = of.state === "live" || of.piloting === true;
  if (running) add("edit", "pause", `Pause ${of.label}`, left(of), "stop hold", { open: "pause", name: of.name });
  else if (begun(of))
    add("spend", "resume", `Resume ${of.label}`, `See the price first. ${left(of)}`, "start run go on", at("start"));
  else add("spend", "start", `Start ${of.label}`, "Try ten rows, or see the price", "run begin buy price", at("start"));
  add("spend", "raise", `Raise the limit of ${of.label}`, used(of), "set limit credits budget more", at("limit"));
  if (of.state !== "live")
    add(
      "edit",
      "point",
      `Point ${of.label} at another audience`,
      `On ${of.audience.map(called).join(", ")} now`,
      "move switch",
      {
        open: "point",
        name: of.name,
      },
    );
  if (of.state !== "live")
    add("edit", "edit", `Edit ${of.label}`, "", "change prompt steps", { href: `/enrichments/${of.name}/edit` });
  return out;
}

const left = (of: Enrichment) => (of.remaining_rows > 0 ? `${count(of.remaining_rows, "row")} left` : "No row is left");

function used(of: Enrichment): string {
  if (!of.limit) return "It has no limit yet";
  if (of.limit.none) return `${creditsText(of.spent_credits)} spent, no limit`;
  return of.limit.credits == null
    ? `${creditsText(of.spent_credits)} spent`
    : `${formatCredits(of.spent_credits)} of ${creditsText(of.limit.credits)} spent`;
}

/** How well a line fits what was typed: less is better, undefined is not at all. */
export function distance(item: Item, typed: string): number | undefined {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const label = item.label.toLowerCase();
  if (!words.every((w) => `${label} ${item.words}`.toLowerCase().includes(w))) return undefined;
  if (label === typed.trim().toLowerCase()) return 0;
  if (words.every((w) => ` ${label}`.includes(` ${w}`))) return label.startsWith(words[0] ?? "") ? 1 : 2;
  return words.every((w) => label.includes(w)) ? 3 : 4;
}

/** The lines to show: without a word the last ones and then the pages; else what fits, the best first. */
export function found(all: Item[], typed: string, last: string[], most = 14): Item[] {
  const rank = (item: Item) => {
    const i = last.indexOf(item.id);
    return i < 0 ? last.length : i;
  };
  if (!typed.trim()) {
    const used = all.filter((i) => last.includes(i.id)).sort((a, b) => rank(a) - rank(b));
    return [...used, ...all.filter((i) => !used.includes(i) && (i.kind === "Page" || i.kind === "Action"))].slice(
      0,
      used.length + 24,
    );
  }
  return all
    .map((item, at) => ({ item, at, far: distance(item, typed) }))
    .filter((x): x is typeof x & { far: number } => x.far !== undefined)
    .sort((a, b) => a.far - b.far || rank(a.item) - rank(b.item) || a.at - b.at)
    .slice(0, most)
    .map((x) => x.item);
}

import { expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { begun } from "./begun";
import { headOf, tabOf, tabsOf } from "./machine";
import { wayOn } from "./next";
import { outcomes, reasons } from "./outcomes";

type View = Schemas["EnrichmentView"];
const rows = Object.fromEntries(outcomes.map((o) => [o.key, 0])) as View["rows"];
const view = (change: Partial<View>) =>
  ({
    state: "draft",
    pause_reason: "",
    limit: { credits: "10" },
    rows: { ...rows, pending: 3 },
    remaining_rows: 0,
    ...change,
  }) as View;
const admin = { role: "admin", may_spend: true } as const;
const viewer = { role: "viewer", may_spend: false } as const;

const paused = (pause_reason: string, more: Partial<View> = {}) =>
  view({ state: "paused", run_id: 1, pause_reason: pause_reason as View["pause_reason"], ...more });

/** Every state, with the one thing to do next. */
const states: [string, View, string, string][] = [
  ["draft without a limit", view({ limit: null }), "price", "Set a limit and start"],
  ["draft", view({}), "price", "See the price and start"],
  ["draft, its pilot running", view({ piloting: true }), "pause", "Pause"],
  ["live", view({ state: "live", run_id: 1 }), "pause", "Pause"],
  ["live, nobody following", view({ state: "live", run_id: 1, followed: false }), "pause", "Pause"],
  [
    "paused, then pointed elsewhere or its audience edited, which ended its run",
    view({ state: "paused", pause_reason: "person" }),
    "price",
    "See the price and resume",
  ],
  ["paused, its pilot running", paused("person", { piloting: true }), "pause", "Pause"],
  ["paused by a person", paused("person"), "price", "See the price and resume"],
  ["at its limit", paused("limit"), "limit", "Raise the limit"],
  ["at its limit, with room again", paused("limit", { room_again: true }), "price", "See the price and resume"],
  ["out of credits", paused("balance"), "grant", "Grant credits"],
  ["out of credits, with room again", paused("balance", { room_again: true }), "price", "See the price and resume"],
  ["too many failures", paused("failures"), "price", "See the price and resume"],
  ["the provider refuses", paused("provider"), "price", "See the price and resume"],
  ["a guard", paused("guard"), "price", "See the price and resume"],
  ["restored", paused("restored"), "price", "See the price and resume"],
  ["finished", paused("finished"), "price", "See the price of another run"],
];

it("knows every reason of a pause", () => {
  const told = new Set(states.map(([, v]) => v.pause_reason).filter(Boolean));
  expect([...told].sort()).toEqual(Object.keys(reasons).sort());
});

it.each(states)("%s: one primary button", (_, of, act, label) => {
  const { primary, others } = headOf(of, admin, "overview");
  expect(primary).toEqual({ act, label, why: undefined });
  expect(others.map((o) => o.act)).toEqual(["edit", "rerun", "point", "reset", "delete"]);
  expect(others.filter((o) => o.why)).toEqual([]);
  const runs = of.state === "live" || of.piloting;
  expect(others.every((o) => Boolean(o.pauses) === (Boolean(runs) && o.act !== "rerun"))).toBe(true);
});

it.each(states)("%s: leads to a tab that is there, where the button itself is", (_, of, act) => {
  const tabs = tabsOf(of).map((t) => t.value);
  expect(tabs.includes("start")).toBe(of.state !== "live");
  for (const tab of tabs) {
    const real = (act === "price" && tab === "start") || (act === "limit" && (tab === "start" || tab === "limit"));
    expect(headOf(of, admin, tab).primary === undefined).toBe(real);
  }
  if (act === "price") expect(tabs).toContain("start");
  expect(tabs).toContain(tabOf(of, "bogus"));
  expect(tabOf(of, "rows")).toBe("rows");
});

it.each(states)("%s: a viewer learns why not", (_, of, act) => {
  const { primary, others } = headOf(of, viewer, "overview");
  expect(Boolean(primary?.why)).toBe(act === "pause");
  expect(others.every((o) => o.why?.startsWith(o.act === "rerun" ? "Only admins" : "You have view access"))).toBe(true);
});

it("does not offer to clear rows that are not there", () => {
  const { others } = headOf(view({ rows }), admin, "overview");
  expect(others.filter((o) => o.why).map((o) => [o.act, o.why])).toEqual([
    ["rerun", "It has no rows."],
    ["reset", "It has no rows."],
  ]);
});

it("shows no ghost of a tab", () => {
  const live = view({ state: "live", run_id: 1 });
  expect(tabOf(live, "start")).toBe("overview");
  expect(tabOf(live, undefined)).toBe("overview");
  expect(tabOf(view({}), undefined)).toBe("start");
  expect(tabOf(paused("person"), undefined)).toBe("overview");
  expect(tabOf(paused("person"), "start")).toBe("start");
  expect(tabOf(paused("person", { run_id: 0 }), undefined)).toBe("overview");
});

it("says resume or start with one voice", () => {
  for (const [name, of] of states.filter(([, v]) => v.state !== "live" && !v.piloting)) {
    const tab = tabsOf(of).find((t) => t.value === "start")?.label;
    expect([name, tab]).toEqual([name, begun(of) ? "Price and resume" : "Try and start"]);
    expect([name, wayOn({ ...of, definition: {} } as View)?.text]).not.toEqual([
      name,
      expect.stringMatching(begun(of) ? /start it/ : /resume/),
    ]);
    expect([name, headOf(of, admin, "overview").primary?.label]).not.toEqual([
      name,
      expect.stringMatching(begun(of) ? /and start/ : /resume/),
    ]);
  }
});

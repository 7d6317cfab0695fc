import { describe, expect, it } from "vitest";
import type { Schemas } from "../api/client";
import { acts, found, type Item, pages } from "./commands";
import { recent, remember } from "./recent";

const admin = { role: "admin", may_spend: true } as const;
const editor = { role: "editor", may_spend: false } as const;
const viewer = { role: "viewer", may_spend: false } as const;
const of = (as: Partial<Schemas["EnrichmentView"]>) =>
  ({
    name: "opening-line",
    label: "opening-line",
    state: "draft",
    audience: ["berlin"],
    remaining_rows: 573,
    spent_credits: "250",
    ...as,
  }) as Schemas["EnrichmentView"];
const labels = (items: Item[]) => items.map((i) => i.label);

describe("what may be done with an enrichment", () => {
  it.each([
    ["live", { state: "live" }, admin, ["Pause opening-line", "Raise the limit of opening-line"]],
    [
      "paused",
      { state: "paused", run_id: 1 },
      admin,
      [
        "Resume opening-line",
        "Raise the limit of opening-line",
        "Point opening-line at another audience",
        "Edit opening-line",
      ],
    ],
    ["a draft of who may not spend", {}, editor, ["Point opening-line at another audience", "Edit opening-line"]],
    ["anything, for who looks", { state: "live" }, viewer, []],
  ] as const)("%s", (_, as, who, want) => {
    expect(labels(acts(of(as as Partial<Schemas["EnrichmentView"]>), who))).toEqual(want);
  });

  it("leads to the price of what spends, and says how much is used", () => {
    const [resume, raise] = acts(of({ state: "paused", run_id: 1, limit: { credits: "250" } as never }), admin);
    expect(resume?.act).toEqual({ href: "/enrichments/opening-line?tab=start" });
    expect(resume?.detail).toBe("See the price first. 573 rows left");
    expect(raise?.detail).toBe("250 of 250 credits spent");
  });
});

describe("what is found", () => {
  const all = [
    ...pages(admin),
    ...acts(of({ state: "paused", run_id: 1 }), admin),
    { id: "e-opening-line", kind: "Enrichment", label: "opening-line", words: "", act: { href: "/" } },
  ];

  it("finds acts by their words, the thing itself before what is done with it", () => {
    expect(labels(found(all, "raise limit", []))[0]).toBe("Raise the limit of opening-line");
    expect(labels(found(all, "opening", []))[0]).toBe("opening-line");
    expect(labels(found(all, "import", [])).slice(0, 2)).toEqual(["Import people", "Import companies"]);
    expect(found(all, "nothing is called so", [])).toEqual([]);
  });

  it("shows the last ones first, and then pages", () => {
    const last = ["-settings", "raise-opening-line", "gone"];
    expect(labels(found(all, "", last)).slice(0, 3)).toEqual([
      "Settings",
      "Raise the limit of opening-line",
      "Data Hub",
    ]);
  });

  it("offers a viewer nothing to make", () => {
    expect(labels(found(pages(viewer), "new", []))).toEqual([]);
  });
});

it("remembers the last six, once each, and survives what is no list", () => {
  const kept = new Map<string, string>();
  const store = { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v) };
  for (const id of ["a", "b", "a", "c", "d", "e", "f", "g"]) remember(id, store);
  expect(recent(store)).toEqual(["g", "f", "e", "d", "c", "a"]);
  kept.set("fettle.palette", "{");
  expect(recent(store)).toEqual([]);
});

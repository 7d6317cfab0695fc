import { expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { fillersOf, standing } from "./fillers";

const of = (name: string, more: object) =>
  ({
    name,
    entity: "people",
    state: "live",
    remaining_rows: 0,
    definition: { outputs: { email: "work_email", status: "work_email" } },
    ...more,
  }) as unknown as Schemas["EnrichmentView"];

test("knows who fills a field, the live ones first, each once", () => {
  const list = [of("draft", { state: "draft" }), of("live", {}), of("other", { entity: "companies" })];
  const fillers = fillersOf("people", list);
  expect(fillers.get("work_email")?.map((e) => e.name)).toEqual(["live", "draft"]);
  expect(fillers.get("title")).toBeUndefined();
});

test("says how each stands", () => {
  const all = [
    {},
    { remaining_rows: 1200 },
    { state: "draft" },
    { state: "paused", pause_reason: "finished" },
    { state: "paused", pause_reason: "limit", remaining_rows: 3 },
    { state: "draft", piloting: true },
  ];
  expect(all.map((x) => standing(of("x", x)))).toEqual([
    "live, up to date",
    "running, 1,200 left",
    "draft",
    "finished",
    "paused, 3 left",
    "pilot running",
  ]);
});

import { expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { fillersOf, heldBy, stands } from "./fillers";

const of = (name: string, more: object) =>
  ({
    name,
    entity: "people",
    state: "live",
    remaining_rows: 0,
    followed: true,
    in_flight: 0,
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
  const all: [object, string, string][] = [
    [{}, "live", "live, up to date"],
    [{ remaining_rows: 1200 }, "running", "running, 1,200 left"],
    [{ remaining_rows: 5, followed: false }, "waiting", "waiting: nobody makes calls, 5 left"],
    [{ remaining_rows: 5, waiting_for: [{ reason: "limit" }] }, "waiting", "waiting: limit reached, 5 left"],
    [{ remaining_rows: 5, in_flight: 1, waiting_for: [{ reason: "rate" }] }, "running", "running, 5 left"],
    [{ state: "draft" }, "draft", "draft"],
    [{ state: "paused", pause_reason: "finished" }, "live", "finished"],
    [{ state: "paused", pause_reason: "person", remaining_rows: 3 }, "paused", "paused, 3 left"],
    [{ state: "paused", pause_reason: "limit", remaining_rows: 3 }, "stopped", "limit reached, 3 left"],
    [{ state: "paused", pause_reason: "limit", room_again: true }, "paused", "paused"],
    [{ state: "draft", piloting: true }, "running", "chosen rows are running"],
  ];
  for (const [x, sign, words] of all) expect(stands(of("x", x))).toEqual({ sign, words });
});

test("a cell says what it waits for while nothing that fills it makes calls", () => {
  const word = (...all: object[]) => heldBy(all.map((x) => of("x", { label: "Work email", ...x })))?.word;
  expect(word({ state: "paused", pause_reason: "limit" })).toBe("waits: limit reached");
  expect(word({ state: "paused", pause_reason: "limit", room_again: true })).toBe("waits: paused");
  expect(word({ state: "paused", pause_reason: "person" })).toBe("waits: paused");
  expect(word({ waiting_for: [{ reason: "limit" }] })).toBe("waits: limit reached");
  expect(word({ followed: false })).toBe("waits: nobody makes calls");
  expect(word({ state: "paused", pause_reason: "limit" }, { state: "draft" })).toBe("waits: limit reached");
  expect(word({ state: "paused", pause_reason: "limit" }, {})).toBeUndefined();
  expect(word({ waiting_for: [{ reason: "rate" }] })).toBeUndefined();
  expect(word()).toBeUndefined();
  expect(heldBy([of("x", { label: "Work email", state: "paused", pause_reason: "limit" })])?.says).toBe(
    "Work email: limit reached. It is asked once the limit is raised.",
  );
});

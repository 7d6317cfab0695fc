import { expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { listed } from "./list";

const made = (name: string, change: object) =>
  ({
    name,
    state: "live",
    audience: ["berlin"],
    remaining_rows: 0,
    spent_credits: "0",
    saved_credits: "0",
    rows: {},
    definition: { steps: [{ provider: "sandbox/find_email" }], outputs: { email: "email" } },
    ...change,
  }) as unknown as Schemas["EnrichmentView"];

const all = [
  made("b", { spent_credits: "9" }),
  made("a", { spent_credits: "10", state: "paused", pause_reason: "limit" }),
  made("c", { spent_credits: "10", state: "paused", pause_reason: "finished", audience: ["hamburg"] }),
  made("d", { state: "draft" }),
];
const names = (of: Partial<Parameters<typeof listed>[1]>) =>
  listed(all, { state: "all", words: "", sort: "name", desc: false, ...of }).map((e) => e.name);

it("narrows by state and by words", () => {
  expect(names({ state: "live" })).toEqual(["b"]);
  expect(names({ state: "stopped" })).toEqual(["a"]);
  expect(names({ state: "finished" })).toEqual(["c"]);
  expect(names({ state: "draft" })).toEqual(["d"]);
  expect(names({ words: "hamb email" })).toEqual(["c"]);
});

it("sorts money as numbers, and what is equal by name", () => {
  expect(names({ sort: "spent", desc: true })).toEqual(["a", "c", "b", "d"]);
});

import { expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { needs } from "./needs";

const enrichment = (change: object) =>
  ({
    name: "e",
    state: "paused",
    remaining_rows: 3,
    definition: { steps: [{ provider: "p/x" }] },
    ...change,
  }) as unknown as Schemas["EnrichmentView"];

it("asks a person only about what a person must decide", () => {
  const by = (reason: string) =>
    needs({ enrichments: [enrichment({ pause_reason: reason })], credits: undefined, providers: [] }).length;
  expect(["limit", "balance", "failures", "provider", "guard", "restored"].map(by)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(["person", "finished"].map(by)).toEqual([0, 0]);
});

it("offers what the text says: raise the limit, or resume where there is room again", () => {
  const need = (change: object) =>
    needs({ enrichments: [enrichment({ pause_reason: "limit", ...change })], credits: undefined, providers: [] })[0];
  expect(need({ pause_detail: "e paused: the lifetime limit of e in records is reached." })).toMatchObject({
    action: "Raise the limit",
    tab: "limit",
    detail: expect.stringContaining("limit of e in records is reached"),
  });
  const limit = { left_credits: "150", left_records: 12 };
  expect(need({ pause_detail: "e paused: …", room_again: true, limit })).toMatchObject({
    action: "Resume",
    tab: "start",
    detail: expect.stringContaining("leaves 150 credits and 12 records"),
  });
});

it("names money that may have been billed, and providers in use that cannot be asked", () => {
  const credits = { unknown_credits: "0.4" } as Schemas["CreditsView"];
  const provider = {
    name: "p",
    title: "P",
    ready: false,
    why: "no key",
    operations: [{ id: "p/x" }],
  } as unknown as Schemas["ProviderView"];
  const idle = { ...provider, name: "q", operations: [{ id: "q/x" }] } as unknown as Schemas["ProviderView"];
  const found = needs({ enrichments: [enrichment({ pause_reason: "person" })], credits, providers: [provider, idle] });
  expect(found.map((n) => n.id)).toEqual(["unknown", "p-p"]);
});

it("asks about answers that were held back", () => {
  const of = (held: number) => needs({ enrichments: [], credits: undefined, providers: [], held }).map((n) => n.title);
  expect([of(0), of(1), of(2)]).toEqual([[], ["1 answer held back"], ["2 answers held back"]]);
});

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

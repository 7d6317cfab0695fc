import { expect, it } from "vitest";
import type { Schemas } from "../../../api/client";
import { enoughFor } from "./enough";

const of = (credits: string) => ({ limit: { credits, per: "lifetime" } }) as unknown as Schemas["EnrichmentView"];
const estimate = (enough: string, toRun: number) =>
  ({ enough_credits: enough, to_run: toRun }) as unknown as Schemas["Estimate"];

it("is what is used and the highest price of what is to buy, in whole credits", () => {
  expect(enoughFor(of("250"), estimate("813", 563), "lifetime")).toBe("813");
  expect(enoughFor(of("250"), estimate("250.5", 3), "lifetime")).toBe("251");
});

it("says nothing where all fits, or where it cannot be said", () => {
  expect(enoughFor(of("250"), estimate("50", 40), "lifetime")).toBeUndefined();
  expect(enoughFor(of("250"), estimate("813", 0), "lifetime")).toBeUndefined();
  expect(enoughFor(of("250"), undefined, "lifetime")).toBeUndefined();
  expect(enoughFor(of("250"), estimate("813", 9), "month")).toBeUndefined();
});

import { expect, it } from "vitest";
import type { Schemas } from "../../../api/client";
import { enoughFor } from "./enough";

const of = (used: string, credits: string, remaining: number) =>
  ({ remaining_rows: remaining, limit: { used_credits: used, credits } }) as unknown as Schemas["EnrichmentView"];

it("is what is used and the highest price of what is left, in whole credits", () => {
  expect(enoughFor(of("250", "250", 563), "1", "lifetime")).toBe("813");
  expect(enoughFor(of("250.2", "250", 3), "0.1", "lifetime")).toBe("251");
});

it("says nothing where all fits, or where it cannot be said", () => {
  expect(enoughFor(of("10", "250", 40), "1", "lifetime")).toBeUndefined();
  expect(enoughFor(of("250", "250", 0), "1", "lifetime")).toBeUndefined();
  expect(enoughFor(of("250", "250", 9), undefined, "lifetime")).toBeUndefined();
  expect(enoughFor(of("250", "250", 9), "1", "month")).toBeUndefined();
});

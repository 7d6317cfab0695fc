import { expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { foreseen } from "./foreseen";

const at = "2026-11-01T00:00:00Z";
const outlook = { per_day_credits: "2", refresh_credits: "30.44", history_days: 28 };
const estimate = (change: object) =>
  ({ at, expected_credits: "100", outlook, ...change }) as unknown as Schemas["Estimate"];

it("is the first run, and what enters and is refreshed since", () => {
  const after = (days: number) => foreseen(estimate({}), Date.parse(at) + days * 24 * 3_600_000);
  expect(after(0)).toBe("100");
  expect(after(10)).toBe("130");
});

it("is not known without a past to go by", () => {
  expect(foreseen(estimate({ outlook: { ...outlook, history_days: 2 } }), Date.now())).toBeUndefined();
  expect(foreseen(estimate({ outlook: undefined }), Date.now())).toBeUndefined();
  expect(foreseen(estimate({ at: undefined }), Date.now())).toBeUndefined();
});

import { expect, test } from "vitest";
import { sides } from "./signalWords";

test("says a job as people do, and what stays once", () => {
  const vp = { title: "VP Sales", company: "a.com" };
  expect(sides({ from: vp, to: { title: "CRO", company: "b.com", company_name: "Contoso" } })).toEqual([
    "VP Sales at a.com",
    "CRO at Contoso",
  ]);
  expect(sides({ from: vp, to: { title: "CRO", company: "a.com" } })).toEqual(["VP Sales at a.com", "CRO"]);
  expect(sides({ from: vp, to: {} })).toEqual(["VP Sales at a.com", ""]);
  expect(sides({ from: { stage: "A" }, to: { stage: "B", amount: "5" } })).toEqual(["stage A", "stage B, amount 5"]);
});

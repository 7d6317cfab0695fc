import { expect, test } from "vitest";
import { ruleFor, ruleText } from "./colors";
import type { ColorRule } from "./view";

const rule = (is: ColorRule["is"], value?: string): ColorRule => ({ field: "x", is, value, tint: "red" });

test("a rule holds for the cells that it says, and for no blank one", () => {
  const cases: [ColorRule, Parameters<typeof ruleFor>[1], unknown, boolean][] = [
    [rule("is", "cto"), "text", "CTO", true],
    [rule("is", "cto"), "text", "CTO of all", false],
    [rule("is", ""), "text", "", false],
    [rule("is", "5"), "number", 5, true],
    [rule("is", "yes"), "boolean", true, true],
    [rule("is", "no"), "boolean", true, false],
    [rule("is", "vip"), "multi_select", "VIP;late", true],
    [rule("is", "2026-01-31"), "timestamp", "2026-01-31T10:00:00Z", true],
    [rule("contains", "eng"), "text", "Senior Engineer", true],
    [rule("above", "1,000"), "number", 1000.5, true],
    [rule("above", "1000"), "number", 1000, false],
    [rule("above", "x"), "number", 1000, false],
    [rule("below", "2026-01-31"), "date", "2026-01-30", true],
    [rule("below", "10"), "number", undefined, false],
    [rule("filled"), "text", "a", true],
    [rule("blank"), "text", undefined, true],
    [rule("blank"), "text", 0, false],
  ];
  for (const [r, type, value, want] of cases)
    expect([r, value, ruleFor([r], type, value, undefined) !== undefined]).toEqual([r, value, want]);
  expect(ruleFor([rule("stale")], "text", "a", "stale")).toBeDefined();
  expect(ruleFor([rule("stale")], "text", "a", "reused")).toBeUndefined();
});

test("the first rule that holds tints, and says why", () => {
  const first: ColorRule = { field: "x", is: "contains", value: "a", tint: "blue" };
  expect(ruleFor([rule("is", "b"), first, rule("filled")], "text", "Anna", undefined)).toBe(first);
  expect(ruleText(first, "Title")).toBe("Blue: Title contains a");
});

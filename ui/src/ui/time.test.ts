import { expect, it } from "vitest";
import { age, ago, count } from "./time";

it("says how long ago", () => {
  const now = Date.UTC(2026, 0, 2);
  expect(ago(now - 5_000, now)).toBe("just now");
  expect(ago(now - 180_000, now)).toBe("3 min ago");
  expect(ago(now - 2 * 86_400_000, now)).toBe("2 d ago");
});

it("says an age and a count", () => {
  expect([age(0.2), age(12), age(90), age(800)]).toEqual(["today", "12 d", "3 mo", "2.2 y"]);
  expect([count(1, "row"), count(1234, "row"), count(2, "person", "people")]).toEqual([
    "1 row",
    "1,234 rows",
    "2 people",
  ]);
});

import { expect, it } from "vitest";
import { age, ago, count, readable } from "./time";

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

it("writes the instants of a message as people do", () => {
  expect(readable("It goes on by itself at 2026-12-01T00:00:00Z.")).toBe(
    "It goes on by itself at December 1, 2026 at 00:00 UTC.",
  );
  expect(readable("reached (19998.61837 of 20000 credits)")).toBe("reached (19,998.62 of 20,000 credits)");
  expect(readable("Nothing in 2026-12-01.")).toBe("Nothing in 2026-12-01.");
});

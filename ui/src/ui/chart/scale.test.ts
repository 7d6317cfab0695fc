import { describe, expect, it } from "vitest";
import { ahead, largest, lasting, stretches, ticks, written } from "./scale";

const day = 86_400_000;

describe("the numbers of pictures", () => {
  it("writes round values that reach the largest", () => {
    expect(ticks(10)).toEqual([0, 2.5, 5, 7.5, 10]);
    expect(ticks(0.3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(ticks(501)).toEqual([0, 200, 400, 600]);
    expect(ticks(0)).toEqual([0, 1]);
    for (const max of [1, 3, 7, 99, 100_001, 0.0007]) {
      const all = ticks(max);
      expect(all.at(-1) as number).toBeGreaterThanOrEqual(max);
      expect(all.length).toBeLessThanOrEqual(6);
    }
  });

  it("fills what was quiet between two stretches", () => {
    expect(stretches([0, 3 * day], day)).toEqual([0, day, 2 * day, 3 * day]);
    expect(stretches([5], day)).toEqual([5]);
    expect(stretches([], day)).toEqual([]);
  });

  it("names few labels where there is little room", () => {
    expect(written(4, 10)).toEqual([0, 1, 2, 3]);
    expect(written(60, 6)).toEqual([0, 10, 20, 30, 40, 50]);
  });

  it("keeps the largest and sums the rest, unless the rest is one", () => {
    const of = (n: number) => Array.from({ length: n }, (_, i) => ({ total: i }));
    expect(largest(of(4), 3).rest).toEqual([]);
    const { shown, rest } = largest(of(9), 3);
    expect(shown.map((s) => s.total)).toEqual([8, 7, 6]);
    expect(rest.length).toBe(6);
  });

  it("goes on by a pace, up to the limit", () => {
    expect(ahead(10, 5, 0, 2 * day, 100)).toBe(20);
    expect(ahead(10, 50, 0, 2 * day, 100)).toBe(100);
    expect(ahead(10, 50, day, 0, 100)).toBe(10);
  });

  it("says how long a stretch is", () => {
    expect([1000, 300_000, 3_600_000, day, 7 * day].map(lasting)).toEqual([
      "1 second",
      "5 minutes",
      "1 hour",
      "1 day",
      "7 days",
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { corners, horizon, type Reach, spent } from "./reach";

const hour = 3_600_000;
const of: Reach = { from: 0, now: 10 * hour, before: 5, held: 0, steps: [], limit: 100 };

describe("spend against a limit", () => {
  it("ends at now without a forecast, and at what it names with one", () => {
    expect(horizon(of)).toBe(10 * hour);
    expect(horizon({ ...of, course: { at: 15 * hour, perDay: 1, latest: 20 * hour } })).toBe(20.5 * hour);
    expect(horizon({ ...of, course: { at: 1e6 * hour, perDay: 1 } })).toBe(40 * hour);
  });

  it("rises over each stretch, runs level between, and ends at all that was spent", () => {
    const steps = [
      { at: 2 * hour, sum: 7 },
      { at: 6 * hour, sum: 9 },
    ];
    expect(corners({ ...of, steps }, hour)).toEqual([
      { at: 0, sum: 5 },
      { at: hour, sum: 5 },
      { at: 2 * hour, sum: 7 },
      { at: 5 * hour, sum: 7 },
      { at: 6 * hour, sum: 9 },
      { at: 10 * hour, sum: 9 },
    ]);
    expect(spent({ ...of, steps })).toBe(9);
    expect(spent(of)).toBe(5);
  });

  it("never goes back in time, though a stretch begins before the period or ends after now", () => {
    const all = corners(
      {
        ...of,
        from: 0.5 * hour,
        steps: [
          { at: hour, sum: 6 },
          { at: 11 * hour, sum: 8 },
        ],
      },
      hour,
    );
    for (let i = 1; i < all.length; i++) expect(all[i]?.at).toBeGreaterThanOrEqual(all[i - 1]?.at as number);
    expect(all.at(-1)).toEqual({ at: 10 * hour, sum: 8 });
  });
});

import { describe, expect, it } from "vitest";
import type { Schemas } from "../../../api/client";
import { courseOf, reachOf } from "./course";

const at = (m: number) => new Date(Date.UTC(2026, 0, 1, 0, m)).toISOString();
const spend = {
  per: "lifetime",
  from: at(3),
  bucket_seconds: 60,
  before_credits: "1.5",
  used_credits: "2.1",
  points: [
    { at: at(5), credits: "0.2" },
    { at: at(7), credits: "0.4" },
  ],
} as Schemas["SpendLine"];
const limit = {
  credits: "10",
  per: "lifetime",
  used_credits: "3",
  used_records: 0,
  none: false,
} as Schemas["LimitView"];

describe("spend against a limit, from what the server says", () => {
  it("ends at what was used, and holds apart what is reserved", () => {
    const r = reachOf(spend, limit, "0", undefined, Date.parse(at(9)));
    expect(r.before).toBe(1.5);
    expect(r.steps.map((s) => s.at)).toEqual([Date.parse(at(6)), Date.parse(at(8))]);
    expect(r.steps.at(-1)?.sum).toBe(2.1);
    expect(r.held).toBeCloseTo(0.9);
    expect(r.limit).toBe(10);
    expect(r.from).toBe(Date.parse(at(3)));
  });

  it("has no limit where none is set, and nothing to draw before the first run", () => {
    expect(reachOf(spend, { ...limit, none: true }, "0", undefined, 1).limit).toBeUndefined();
    const none = { ...spend, from: undefined, points: [], before_credits: "0", used_credits: "0" };
    expect(reachOf(none, null, "0", undefined, 5)).toMatchObject({ from: 5, now: 5, steps: [], held: 0 });
  });

  it("goes on only where a time is told", () => {
    const f = {
      verdict: "at",
      text: "",
      at: at(60),
      credits_per_day: "5",
      records_per_day: null,
    } as Schemas["Forecast"];
    expect(courseOf(undefined)).toBeUndefined();
    expect(courseOf({ ...f, verdict: "idle" })).toBeUndefined();
    expect(courseOf(f)).toEqual({ at: Date.parse(at(60)), perDay: 5 });
    const band = { low_credits_per_day: "1", high_credits_per_day: "9", earliest: at(30), text: "" };
    expect(courseOf({ ...f, band })).toMatchObject({
      low: 1,
      high: 9,
      earliest: Date.parse(at(30)),
      latest: undefined,
    });
  });
});

import { describe, expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { micro } from "../../ui/money";
import { stackOf } from "./stack";

const spent = (day: string, id: number, credits: string, deleted = false) => ({
  day,
  enrichment: `e${id}`,
  enrichment_id: id,
  settled_credits: credits,
  records: 1,
  deleted,
});
const of = (days: ReturnType<typeof spent>[]) => {
  const total = days.reduce((n, d) => n + micro(d.settled_credits), 0n);
  return {
    from: "2026-01-01",
    to: "2026-01-04",
    total_credits: String(Number(total) / 1e6),
    days,
  } as Schemas["SpendDays"];
};

describe("credits over time, stacked", () => {
  it("has a column of each day, and adds up to the bill", () => {
    const days = [spent("2026-01-01", 1, "1.1"), spent("2026-01-03", 1, "2"), spent("2026-01-03", 2, "5")];
    const { columns, series, table } = stackOf(of(days), (n) => n.toUpperCase());
    expect(series.map((s) => [s.label, s.micro])).toEqual([
      ["E2", 5_000_000n],
      ["E1", 3_100_000n],
    ]);
    expect(columns.map((c) => c.parts)).toEqual([
      [0, 1.1],
      [0, 0],
      [5, 2],
      [0, 0],
    ]);
    expect(table.rows.length).toBe(2);
    expect(table.foot).toEqual(["All", "5", "3.1", "8.1"]);
  });

  it("keeps what was deleted apart from what has its name now, and sums many as others", () => {
    const two = [spent("2026-01-01", 1, "1"), { ...spent("2026-01-01", 2, "2", true), enrichment: "e1" }];
    expect(stackOf(of(two), (n) => n).series.map((s) => s.label)).toEqual(["e1 (deleted)", "e1"]);
    const many = Array.from({ length: 12 }, (_, i) => spent("2026-01-02", i + 1, String(i + 1)));
    const { series } = stackOf(of(many), (n) => n);
    expect(series.length).toBe(8);
    expect(series.at(-1)).toEqual({ label: "5 others", micro: 15_000_000n });
    expect(series.reduce((n, s) => n + s.micro, 0n)).toBe(78_000_000n);
  });
});

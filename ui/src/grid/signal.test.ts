import { describe, expect, it } from "vitest";
import { editsOf } from "./edits";
import { alsoLately, cellText, signalColumn } from "./signal";
import type { GridRecord } from "./useRows";

const record: GridRecord = {
  id: 1,
  values: { name: "Ada" },
  signal: {
    id: 5,
    entity: "people",
    record_id: 1,
    record: "Ada",
    type: "job_change",
    kind: "moved",
    at: "2026-03-01T10:00:00Z",
    source: "vendor",
    from: { title: "CTO", company: "a.com" },
    to: { title: "CEO", company: "b.com" },
    details: {},
    witnesses: 1,
    sample: true,
  },
};

describe("the column of signals", () => {
  it("is copied as it reads, with the day and that it is a sample", () => {
    expect(cellText(record, "signals")).toBe("sample, moved: CTO at a.com → CEO at b.com (2026-03-01)");
    expect(cellText({ ...record, signal: undefined }, "signals")).toBe("");
    expect(cellText(record, "name")).toBe("Ada");
  });

  it("is never written by what is pasted, filled down or cleared over it", () => {
    const column = { field: signalColumn("people"), width: 100, pinned: false, left: 0 };
    expect(editsOf([record], [column], { top: 0, bottom: 0, left: 0, right: 0 }, () => "x")).toEqual([]);
  });

  it("narrows a filter once", () => {
    const one = alsoLately('a == "1" || b == "2"');
    expect(one).toBe('(a == "1" || b == "2") && signals.exists(s, within(s.at, "30d"))');
    expect(alsoLately(one)).toBe(one);
  });
});

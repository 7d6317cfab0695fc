import { describe, expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { editsOf, fromTSV, pasteRange } from "./edits";
import { at, move, rangeOf, toTSV, within } from "./selection";
import { typedValue } from "./value";
import { columnsOf, drop, emptyView, hide, nudge, pin, reorder, resize } from "./view";
import { heights, maxHeight, pagesOf, rowHeight, rowWindow, scrollToRow } from "./window";

const bounds = { rows: 100, cols: 5, page: 20 };

describe("selection", () => {
  test.each([
    ["ArrowDown", {}, { row: 11, col: 2 }],
    ["ArrowDown", { jump: true }, { row: 99, col: 2 }],
    ["ArrowLeft", { jump: true }, { row: 10, col: 0 }],
    ["Home", {}, { row: 10, col: 0 }],
    ["End", {}, { row: 10, col: 4 }],
    ["Home", { jump: true }, { row: 0, col: 0 }],
    ["End", { jump: true }, { row: 99, col: 4 }],
    ["PageDown", {}, { row: 30, col: 2 }],
    ["PageUp", {}, { row: 0, col: 2 }],
  ])("%s %o", (key, how, want) => {
    expect(move(at(10, 2), { key, ...how }, bounds)?.active).toEqual(want);
  });

  test("shift keeps the anchor, an arrow without it lets go", () => {
    let s = at(3, 3);
    s = move(s, { key: "ArrowUp", shift: true }, bounds) ?? s;
    s = move(s, { key: "ArrowLeft", shift: true }, bounds) ?? s;
    expect(rangeOf(s)).toEqual({ top: 2, bottom: 3, left: 2, right: 3 });
    s = move(s, { key: "ArrowDown" }, bounds) ?? s;
    expect(rangeOf(s)).toEqual({ top: 3, bottom: 3, left: 2, right: 2 });
  });

  test("it stays inside", () => {
    expect(move(at(0, 0), { key: "ArrowUp" }, bounds)?.active).toEqual({ row: 0, col: 0 });
    expect(move(at(0, 0), { key: "x" }, bounds)).toBeNull();
    expect(within(at(50, 4), 10, 2).active).toEqual({ row: 9, col: 1 });
  });

  test("copies as spreadsheets paste", () => {
    expect(
      toTSV([
        ["a", 'say "x"\ty'],
        ["", "b"],
      ]),
    ).toBe('a\t"say ""x""\ty"\n\tb');
  });
});

describe("window", () => {
  test("a million rows fit a page of a browser, and the last is reached", () => {
    const w = rowWindow(1_000_000, maxHeight, 800);
    expect(w.height).toBe(maxHeight);
    expect(w.end).toBe(1_000_000);
    // The last row ends where the content does.
    const top = maxHeight - 800;
    const last = rowWindow(1_000_000, top, 800);
    expect(Math.round(1_000_000 * rowHeight + last.shift)).toBe(maxHeight);
  });

  test("a few rows need no scaling", () => {
    expect(rowWindow(1000, 3200, 320, 0)).toEqual({ first: 100, end: 110, height: 32_000, shift: 0 });
  });

  test("scrolls no further than needed", () => {
    expect(scrollToRow(5, 1000, 0, 320)).toBe(0);
    expect(scrollToRow(10, 1000, 0, 320)).toBe(rowHeight);
    expect(scrollToRow(10, 1000, 0, 320, heights.high)).toBe(11 * heights.high - 320);
    expect(rowWindow(1000, 10 * heights.high, heights.high, 0, heights.high)).toMatchObject({ first: 10, end: 11 });
    expect(scrollToRow(2, 1000, 320, 320)).toBe(64);
    const far = scrollToRow(999_999, 1_000_000, 0, 800);
    expect(rowWindow(1_000_000, far, 800, 0).end).toBe(1_000_000);
  });

  test("a range lies on whole pages", () => {
    expect(pagesOf(95, 205)).toEqual([0, 1, 2]);
  });
});

describe("view", () => {
  const field = (key: string): Schemas["Field"] => ({
    entity: "people",
    field: key,
    label: key,
    type: "text",
    builtin: true,
    key: false,
    position: 1,
  });
  const fields = ["external_id", "name", "title", "email"].map(field);
  const keysOf = (v: typeof emptyView) => columnsOf(fields, v).map((c) => c.field.field);

  test("hides, pins, moves and resizes", () => {
    expect(keysOf(emptyView)).toEqual(["name", "title", "email"]);
    expect(keysOf(hide(emptyView, "title"))).toEqual(["name", "email"]);
    expect(keysOf(pin(emptyView, "email", true))).toEqual(["name", "email", "title"]);
    expect(keysOf(reorder(fields, emptyView, "email", "title"))).toEqual(["name", "email", "title"]);
    const dropped = drop(fields, emptyView, "email", "name");
    expect([keysOf(dropped), dropped.pinned]).toEqual([
      ["email", "name", "title"],
      ["name", "email"],
    ]);
    expect(drop(fields, dropped, "email", "title").pinned).toEqual(["name"]);
    expect(keysOf(nudge(fields, emptyView, "title", 1))).toEqual(["name", "email", "title"]);
    expect(keysOf(nudge(fields, emptyView, "email", -1))).toEqual(["name", "email", "title"]);
    expect(columnsOf(fields, resize(emptyView, "name", 9))[0]?.width).toBe(64);
  });
});

test("what is typed becomes a value of the field's type", () => {
  expect(typedValue("number", "1,200")).toBe(1200);
  expect(typedValue("boolean", "yes")).toBe(true);
  expect(typedValue("text", " ")).toBeNull();
  expect(typedValue("json", '{"a":1}')).toEqual({ a: 1 });
});

describe("edits", () => {
  test("reads what it copies, and what spreadsheets copy", () => {
    const lines = [
      ["a", 'say "x"\ty'],
      ["", "two\nlines"],
      ['"', "é"],
    ];
    expect(fromTSV(toTSV(lines))).toEqual(lines);
    expect(fromTSV("a\tb\r\nc\td\r\n")).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(fromTSV('5" pipe\tx')).toEqual([['5" pipe', "x"]]);
    expect(fromTSV('"never\t""\t""""\t"closed')).toEqual([['"never', "", '"', '"closed']]);
    expect(fromTSV('"a"""\n"b\n"c""\n""')).toEqual([['a"'], ['"b'], ['"c""'], [""]]);
    expect(fromTSV('"never closed\tb\nc\td')).toEqual([
      ['"never closed', "b"],
      ["c", "d"],
    ]);
    expect(fromTSV("")).toEqual([[""]]);
  });

  test("one cell fills the selection, a block goes in from its first cell", () => {
    const at3 = { top: 3, bottom: 3, left: 1, right: 1 };
    const block = [
      ["a", "b"],
      ["c", "d"],
    ];
    expect(pasteRange({ top: 3, bottom: 8, left: 1, right: 2 }, [["x"]], 100, 5)).toEqual({
      top: 3,
      bottom: 8,
      left: 1,
      right: 2,
    });
    expect(pasteRange(at3, block, 100, 5)).toEqual({ top: 3, bottom: 4, left: 1, right: 2 });
    expect(pasteRange({ top: 3, bottom: 6, left: 1, right: 2 }, block, 100, 5)).toEqual({
      top: 3,
      bottom: 6,
      left: 1,
      right: 2,
    });
    expect(pasteRange({ top: 99, bottom: 99, left: 4, right: 4 }, block, 100, 5)).toEqual({
      top: 99,
      bottom: 99,
      left: 4,
      right: 4,
    });
  });

  test("are of what changes only, typed", () => {
    const field = (key: string, type: Schemas["Field"]["type"]) =>
      ({ field: key, type, label: key }) as Schemas["Field"];
    const columns = columnsOf([field("title", "text"), field("score", "number")], { ...emptyView, hidden: [] });
    const records = [
      { id: 7, values: { title: "CTO", score: 1 } },
      { id: 8, values: {} },
    ];
    const range = { top: 0, bottom: 2, left: 0, right: 1 };
    const edits = editsOf(records, columns, range, (_, col) => ["CTO", "2"][col]);
    expect(edits).toEqual([
      { record: 7, field: "score", value: 2, old: 1 },
      { record: 8, field: "title", value: "CTO", old: null },
      { record: 8, field: "score", value: 2, old: null },
    ]);
  });
});

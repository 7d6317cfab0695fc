import { describe, expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { at, move, rangeOf, toTSV, within } from "./selection";
import { typedValue } from "./value";
import { columnsOf, emptyView, hide, nudge, pin, reorder, resize } from "./view";
import { maxHeight, pagesOf, placeOf, rowHeight, rowWindow, scrollToRow } from "./window";

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
    expect(scrollToRow(2, 1000, 320, 320)).toBe(64);
    const far = scrollToRow(999_999, 1_000_000, 0, 800);
    expect(rowWindow(1_000_000, far, 800, 0).end).toBe(1_000_000);
  });

  test("far pages are read behind the nearest known cursor", () => {
    const known = new Map([[199, "c199"]]);
    expect(pagesOf(95, 205)).toEqual([0, 1, 2]);
    expect(placeOf(0, known)).toEqual({});
    expect(placeOf(3, known)).toEqual({ offset: 300 });
    expect(placeOf(200, known)).toEqual({ after: "c199", offset: undefined });
    expect(placeOf(250, known)).toEqual({ after: "c199", offset: 5000 });
    expect(placeOf(100, known)).toEqual({ offset: 10_000 });
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

import { expect, test } from "vitest";
import { changed, offered, parts, type Taken } from "./say";

const taken = (v: Partial<Taken>): Taken => ({
  of: "run-1",
  what: "",
  restored: 0,
  records: 0,
  left: [],
  left_count: 0,
  credits_stay_spent: "0",
  warnings: [],
  ...v,
});

test("values that become blank are told from those that become what they were", () => {
  expect(parts(taken({ restored: 10, blanked: 10 }), true)).toEqual(["10 values will be blank again"]);
  expect(parts(taken({ restored: 3, blanked: 1, left_count: 1 }))).toEqual([
    "1 value is blank again",
    "2 values restored",
    "1 left as it is",
  ]);
  expect(parts(taken({ restored: 2, deleted: 1 }), true)).toEqual([
    "2 values will be restored",
    "1 record will be deleted",
  ]);
  expect(parts(taken({}))).toEqual([]);
});

test("each line says how much it changed", () => {
  expect(changed({ cells: 1462, entity: "people" })).toBe("1,462 values");
  expect(changed({ cells: 3, records: 1, entity: "people" })).toBe("3 values of 1 person");
  expect(changed({ records: 536, entity: "companies" })).toBe("536 companies");
  expect(changed({ records: 2, entity: "" as never })).toBe("2 records");
  expect(changed({ entity: "people" })).toBe("");
});

test("each line offers what it stands for, and names no number of an undo", () => {
  const line = { id: "run-3", kind: "run" as const, what: "try of a few rows of X" };
  const x = line.what;
  expect(offered(line)).toEqual({ id: "run-3", again: false, what: x });
  expect(offered({ ...line, taken_back_by: "undo-1", cannot_be: "it was taken back" })).toEqual({
    id: "undo-1",
    again: true,
    what: x,
  });
  const undo = { id: "undo-1", kind: "undo" as const, what: `undo of ${x}`, of: "run-3" };
  expect(offered(undo)).toEqual({ id: "undo-1", again: true, what: x });
  expect(offered({ ...undo, taken_back_by: "undo-2" })).toEqual({ id: "undo-2", again: false, what: x });
  expect(offered({ ...undo, broken: true, cannot_be: "it broke off" })).toEqual({ id: "run-3", again: false, what: x });
  const redo = { id: "undo-2", kind: "undo" as const, what: `${x}, done again`, of: "undo-1" };
  expect(offered(redo)).toEqual({ id: "undo-2", again: false, what: x });
  expect(offered({ ...line, kind: "delete", cannot_be: "what was erased cannot come back" })).toBeUndefined();
});

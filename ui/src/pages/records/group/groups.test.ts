import { expect, test } from "vitest";
import type { Schemas } from "../../../api/client";
import { type GroupKey, groupClause, groupLabel, groupOf, groupText, headKey, openKey, openText } from "./groups";

const field = (type: Schemas["Field"]["type"]) => ({ field: "f", label: "F", type }) as Schemas["Field"];

test("a group is a condition that finds its records, whatever its type", () => {
  const cases: [Schemas["Field"]["type"], "value" | "filled" | "status", GroupKey, string, string][] = [
    ["text", "value", 'a "b" \\', 'f == "a \\"b\\" \\\\"', 'a "b" \\'],
    ["text", "value", null, "blank(f)", "Blank"],
    ["boolean", "value", false, "f == false", "No"],
    ["number", "value", 1200, "f == 1200", "1,200"],
    ["multi_select", "value", "vip", '"vip" in f', "vip"],
    ["date", "value", "2026-01-31", 'f == date("2026-01-31")', "2026-01-31"],
    ["email", "filled", true, "filled(f)", "Has a value"],
    ["email", "status", "valid", 'status(f) == "valid"', "valid"],
    ["email", "status", null, "blank(status(f))", "No status"],
  ];
  for (const [type, how, key, clause, label] of cases) {
    const by = { how, field: field(type) };
    expect([groupClause(by, key), groupLabel(by, key)]).toEqual([clause, label]);
    expect(openKey(openText(key), by)).toBe(key);
    expect(groupOf(groupText(how, "f"), [by.field])).toEqual(by);
  }
});

test("what the address makes up groups by nothing", () => {
  const fields = [field("json")];
  for (const text of [undefined, "", "other", "f", "status:f", "filled:other"])
    expect(groupOf(text, fields)).toBeUndefined();
  expect(groupOf("filled:f", fields)?.how).toBe("filled");
  const numbers = { how: "value" as const, field: field("number") };
  for (const text of [undefined, "", "x", "=", "=x"]) expect(openKey(text, numbers)).toBeUndefined();
});

test("keys go from head to head, and open and close one", () => {
  expect(headKey("ArrowDown", 0, 3, false)).toBe(1);
  expect(headKey("ArrowDown", 2, 3, false)).toBe(2);
  expect(headKey("ArrowUp", 0, 3, false)).toBe(0);
  expect(headKey("End", 0, 3, false)).toBe(2);
  expect(headKey("ArrowRight", 0, 3, false)).toBe("toggle");
  expect(headKey("ArrowRight", 0, 3, true)).toBeUndefined();
  expect(headKey("ArrowLeft", 0, 3, true)).toBe("toggle");
  expect(headKey("a", 0, 3, true)).toBeUndefined();
});

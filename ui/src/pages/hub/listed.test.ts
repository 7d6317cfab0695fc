import { expect, it } from "vitest";
import { listed } from "./listed";

const field = (label: string, filled: number, more = {}) => ({
  field: label.toLowerCase().replaceAll(" ", "_"),
  label,
  key: false,
  filled,
  median_age_days: 0,
  cost_credits: "0",
  sources: {},
  ...more,
});
const all = [
  field("Title", 10, { median_age_days: 9 }),
  field("Work email", 4, { key: true, cost_credits: "12.5", sources: { "work-email": 4 } }),
  field("City", 7, { cost_credits: "9", median_age_days: 2 }),
];
const names = (of: Partial<Parameters<typeof listed>[1]>) =>
  listed(all, { words: "", gaps: false, records: 10, sort: "key", desc: false, ...of }).map((f) => f.label);

it("puts key fields first, and the rest as they stand", () => {
  expect(names({})).toEqual(["Work email", "Title", "City"]);
});

it("searches names, keys and sources", () => {
  expect(names({ words: "WORK mail" })).toEqual(["Work email"]);
  expect(names({ words: "work_email" })).toEqual(["Work email"]);
  expect(names({ words: "nothing" })).toEqual([]);
});

it("shows only what has gaps", () => {
  expect(names({ gaps: true })).toEqual(["Work email", "City"]);
});

it("sorts both ways, money as numbers", () => {
  expect(names({ sort: "filled" })).toEqual(["Work email", "City", "Title"]);
  expect(names({ sort: "cost", desc: true })).toEqual(["Work email", "City", "Title"]);
  expect(names({ sort: "name" })).toEqual(["City", "Title", "Work email"]);
  expect(names({ sort: "age", desc: true })).toEqual(["Title", "City", "Work email"]);
});

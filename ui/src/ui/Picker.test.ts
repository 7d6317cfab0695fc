import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { countOf, labelIn, matching, unchosen } from "./picking";

test("every list that is searched is a Picker or Pickers, whose first match Enter takes", () => {
  const root = join(import.meta.dirname, "..");
  const wrong = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((f) => f.endsWith(".tsx") && !/Pickers?\.tsx$/.test(f))
    .filter((f) => /<(Multi)?Select\b(?:(?!\/>)[\s\S])*\bsearchable\b/.test(readFileSync(join(root, f), "utf8")));
  expect(wrong).toEqual([]);
});

test("finds the label of a value, also in groups", () => {
  const data = [{ group: "Fields", items: [{ value: "title", label: "Title" }] }, "plain"];
  expect([labelIn(data, "title"), labelIn(data, "plain"), labelIn(data, "none"), labelIn(data, null)]).toEqual([
    "Title",
    "plain",
    "",
    "",
  ]);
});

const option = (label: string) => ({ value: label.toLowerCase(), label });
const grouped = [
  { group: "Fields", items: ["First name", "Name", "Job title", "Title", "Chamber"].map(option) },
  { group: "Company", items: ["Company name", "Named after"].map(option) },
];
const labels = (found: ReturnType<typeof matching>) =>
  found.flatMap((o) => ("items" in o ? o.items.map((i) => i.label) : o.label));

test("what is typed finds the option of that name first, then those that begin so", () => {
  expect(labels(matching(grouped, "chamber"))).toEqual(["Chamber"]);
  expect(labels(matching(grouped, " Title "))).toEqual(["Title", "Job title"]); // also where it is what is chosen
  expect(labels(matching(grouped, "name"))).toEqual(["Name", "First name", "Named after", "Company name"]);
  expect(labels(matching(grouped, "named"))).toEqual(["Named after"]);
  expect(matching(grouped, "xyz")).toEqual([]);
  expect(countOf(matching(grouped, ""))).toBe(7);
  expect(labels(matching([option("b"), option("ab")], "b"))).toEqual(["b", "ab"]);
});

test("what was typed and not chosen is said, with what stays", () => {
  expect(unchosen("xyz", 0, "Title")).toBe("Nothing matches “xyz”: Title stays.");
  expect(unchosen(" cham", 1, "Title")).toBe("“cham” was not chosen: Title stays.");
  expect(unchosen("xyz", 0, "")).toBe("Nothing matches “xyz”.");
});

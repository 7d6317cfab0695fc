import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { labelIn } from "./Picker";

test("every list of one choice that is searched is a Picker, which clears when it is opened", () => {
  const root = join(import.meta.dirname, "..");
  const wrong = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((f) => f.endsWith(".tsx") && !f.endsWith("Picker.tsx"))
    .filter((f) => /<Select\b(?:(?!\/>)[\s\S])*\bsearchable\b/.test(readFileSync(join(root, f), "utf8")));
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

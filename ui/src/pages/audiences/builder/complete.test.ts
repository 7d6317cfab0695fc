import { expect, test } from "vitest";
import { caretIn, suggest, valueBefore, wordBefore } from "./complete";
import type { Readable } from "./tree";

const readables: Readable[] = [
  { name: "title", label: "Title", type: "text" },
  { name: "score", label: "Score", type: "number" },
  { name: "company.name", label: "Company: Name", type: "text" },
];
const labels = (text: string) => suggest(text, text.length, readables).map((s) => s.label);

test("completes fields, functions and methods, and nothing inside of text", () => {
  expect(labels("ti")).toEqual(["title", "timestamp(text)"]);
  expect(labels("blank(title) && com")).toEqual(["company.name"]);
  expect(labels("title.con")).toEqual(["contains(text)"]);
  expect(labels("company.name.")).toHaveLength(3);
  expect(labels("score.")).toEqual([]);
  expect(labels('title == "ti')).toEqual([]);
  expect(wordBefore("a && company.na", 15)).toBe("company.na");
  expect(caretIn("blank()")).toBe(6);
  expect(caretIn('contains("")')).toBe(9 + 1 - 0);
});

test("knows which field a text is compared with", () => {
  const at = (text: string) => valueBefore(text, text.length);
  expect(at('title == "Eng')).toEqual({ field: "title", typed: "Eng" });
  expect(at('filled(name) && company.industry != "')).toEqual({ field: "company.industry", typed: "" });
  expect(at('title.contains("eng')).toEqual({ field: "title", typed: "eng" });
  expect(at('location in ["Berlin", "Ham')).toEqual({ field: "location", typed: "Ham" });
  expect(at('title == "Eng" && ')).toBeNull();
  expect(at("title == ")).toBeNull();
  expect(at('lower("')).toBeNull();
});

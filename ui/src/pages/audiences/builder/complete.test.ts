import { expect, test } from "vitest";
import { caretIn, suggest, wordBefore } from "./complete";
import type { Readable } from "./tree";

const readables: Readable[] = [
  { name: "title", label: "Title", type: "text" },
  { name: "score", label: "Score", type: "number" },
  { name: "company.name", label: "Company: Name", type: "text" },
];
const labels = (text: string) => suggest(text, text.length, readables).map((s) => s.label);

test("completes fields, functions and methods, and nothing inside of text", () => {
  expect(labels("ti")).toEqual(["title", 'timestamp("2024-01-31T09:00:00Z")']);
  expect(labels("blank(title) && com")).toEqual(["company.name"]);
  expect(labels("title.con")).toEqual(['contains("")']);
  expect(labels("company.name.")).toHaveLength(3);
  expect(labels("score.")).toEqual([]);
  expect(labels('title == "ti')).toEqual([]);
  expect(wordBefore("a && company.na", 15)).toBe("company.na");
  expect(caretIn("blank()")).toBe(6);
  expect(caretIn('contains("")')).toBe(9 + 1 - 0);
});

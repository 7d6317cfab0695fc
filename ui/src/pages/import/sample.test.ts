import { expect, test } from "vitest";
import { cells, delimiterOf, sampleOf } from "./sample";

test("quotes hold delimiters, lines and quotes", () => {
  expect(cells('a,"b, c","d\ne","say ""x"""\r\n1,,3,', ",")).toEqual([
    ["a", "b, c", "d\ne", 'say "x"'],
    ["1", "", "3", ""],
  ]);
});

test("the heading tells the delimiter", () => {
  expect(delimiterOf("Name;Email;City")).toBe(";");
  expect(delimiterOf('"a;b;c",d')).toBe(",");
  expect(delimiterOf("Name\tEmail")).toBe("\t");
});

test("a row that is cut off is not shown", () => {
  const s = sampleOf("\uFEFFName,Email\nAda,a@b.example\n\nGra", false);
  expect(s).toEqual({ delimiter: ",", columns: ["Name", "Email"], rows: [["Ada", "a@b.example"]] });
  expect(sampleOf("Name\nAda\nGrace", true).rows).toHaveLength(2);
});

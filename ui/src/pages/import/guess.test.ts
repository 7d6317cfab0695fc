import { expect, test } from "vitest";
import { guessed, isGuess, whereFrom } from "./options";

const plan = (column: string, field: string, found = field) =>
  ({ mapping: { [column]: field }, sample: { found: { [column]: found } } }) as never;

test("a column that is not called as its field is a guess, until somebody chooses", () => {
  expect(isGuess(plan("website", "company_domain"), "website", "Company domain")).toBe(true);
  expect(isGuess(plan("First Name", "first_name"), "First Name", "First name")).toBe(false);
  expect(isGuess(plan("website", "company_domain", ""), "website", "Company domain")).toBe(false);
  expect(isGuess(plan("website", "+"), "website", "")).toBe(false);
  expect(guessed("company_domain")).toMatch(/websites/);
});

test("what an import brought is found again by its list", () => {
  const field = (field: string, table: number) => ({ field, column: field, file: table, table, differs: [] }) as never;
  expect(whereFrom({ source: "csv:id", receipt: [field("external_id", 9), field("title", 3), field("name", 2)] })).toBe(
    'source(name) == "csv:id"',
  );
  expect(whereFrom({ source: "csv:id", receipt: [field("city", 3), field("title", 5)] })).toBe(
    'source(title) == "csv:id"',
  );
  expect(whereFrom({ source: "", receipt: [field("name", 3)] })).toBeUndefined();
});

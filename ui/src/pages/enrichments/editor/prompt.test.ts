import { expect, it } from "vitest";
import { openName, placeholders } from "./PromptEditor";

it("knows the name that is being typed", () => {
  expect(openName("Hi {{ fir", 9)).toBe(" fir");
  expect(openName("Hi {{ name }} and", 17)).toBeNull();
  expect(openName("Hi", 2)).toBeNull();
  expect(openName("{{ a }} {{ company.n", 20)).toBe(" company.n");
});

it("lists the expressions of a prompt", () => {
  expect(placeholders("{{ a }} to {{company.name}}, {{ a }}")).toEqual({ a: "a", "company.name": "company.name" });
});

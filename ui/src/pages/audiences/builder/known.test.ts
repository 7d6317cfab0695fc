import { expect, it } from "vitest";
import { frequent, meant } from "./known";

it("offers texts once each, the most frequent first", () => {
  expect(frequent(["b", "a", "b", null, 3, "", "c"], 2)).toEqual(["b", "a"]);
});

it("knows what was meant by a value that no record has exactly", () => {
  const known = [
    { value: "House of Lords", count: 9 },
    { value: "House", count: 436 },
  ];
  expect(meant("house", known)?.value).toBe("House");
  expect(meant(" HOUSE ", known)?.value).toBe("House");
  expect(meant("lords", known)?.value).toBe("House of Lords");
  expect(meant("House", known)).toBeUndefined();
  expect(meant("", known)).toBeUndefined();
  expect(meant("Senate", known)).toBeUndefined();
});

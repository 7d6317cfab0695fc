import { expect, it } from "vitest";
import { countText, meant, texts } from "./known";

it("offers texts, and says of a count that is not of all records that it is the least", () => {
  const items = [
    { value: "b", count: 3 },
    { value: null, count: 2 },
    { value: 3, count: 1 },
  ];
  expect(texts(items)).toEqual([{ value: "b", count: 3 }]);
  expect(countText(1234, true)).toBe("1,234");
  expect(countText(1234, false)).toBe("≥ 1,234");
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

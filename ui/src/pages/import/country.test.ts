import { expect, test } from "vitest";
import { countryName } from "./country";

test("a code is a country or none", () => {
  expect(countryName("")).toBe("");
  expect(countryName("US")).toBe("United States");
  expect(countryName("DE")).toBe("Germany");
  for (const none of ["X", "XX", "ZZ", "QQ", "EU", "1A"]) expect(countryName(none)).toBeNull();
});

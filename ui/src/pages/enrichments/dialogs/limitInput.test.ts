import { expect, it } from "vitest";
import { creditsError, recordsError } from "./limitInput";

it("takes whole numbers of records, and nothing else", () => {
  expect(["", " 13 ", "1", "1000000000"].map(recordsError)).toEqual([undefined, undefined, undefined, undefined]);
  for (const bad of ["1e3", "abc", "2.5", "-3", "0", "00", "1,000"]) expect(recordsError(bad)).toMatch(/whole number/);
  expect(recordsError("99999999999999999999")).toBe("At most 1,000,000,000");
});

it("takes decimal amounts of credits", () => {
  expect(["", "0.4", "1000", " 5 "].map(creditsError)).toEqual([undefined, undefined, undefined, undefined]);
  for (const bad of ["1e3", "abc", "-3", "1,000", "0.1234567", "."]) expect(creditsError(bad)).toMatch(/A number/);
  expect(creditsError("1000000001")).toBe("At most 1,000,000,000");
});

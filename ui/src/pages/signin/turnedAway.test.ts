import { expect, it } from "vitest";
import { readTurnedAway } from "./turnedAway";

it("says why the issuer's word was not enough, in words of our own", () => {
  expect(readTurnedAway("#error=unverified", "sso.acme.example")?.title).toBe(
    "sso.acme.example has not verified your email.",
  );
  expect(readTurnedAway("error=denied")?.title).toMatch(/^The issuer/);
  for (const hash of ["", "#error=", "#error=Call+this+number", "#error=toString", "#invite=x"])
    expect(readTurnedAway(hash)).toBeNull();
});

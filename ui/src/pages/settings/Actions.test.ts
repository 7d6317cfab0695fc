import { expect, it } from "vitest";
import { did } from "./Actions";

it("says what was done as people do", () => {
  expect(["enrichment.start", "enrichment.pause", "audience.add", "token.create", "enrichment.reset"].map(did)).toEqual(
    [
      "started the enrichment",
      "paused the enrichment",
      "added the audience",
      "created the token",
      "reset the enrichment",
    ],
  );
  expect(did("enrichment.limit")).toBe("set the limit of");
  expect(did("something_new")).toBe("something new");
});

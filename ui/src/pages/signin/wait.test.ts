import { expect, it } from "vitest";
import { ApiError } from "../../api/client";
import { waitOf, words } from "./wait";

const refused = (details: Record<string, unknown>) => new ApiError({ detail: "too many tries", details }, 429);

it("reads how long to wait, from a refusal and from a wrong password", () => {
  expect(waitOf(refused({ retry_after: 8 }))).toBe(8);
  expect(waitOf(new ApiError({ details: { wait: 1 } }, 401))).toBe(1);
  for (const none of [null, new Error("x"), refused({}), refused({ retry_after: "8" }), refused({ wait: -1 })])
    expect(waitOf(none)).toBe(0);
});

it("says a time as people do", () => {
  expect([1, 8, 60, 245, 86_400].map(words)).toEqual(["1 second", "8 seconds", "1 min 0 s", "4 min 5 s", "24 hours"]);
});

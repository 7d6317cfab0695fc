import { expect, it } from "vitest";
import { percent } from "./Bar";

it("says neither all nor nothing where it is not so", () => {
  expect([percent(0, 0), percent(0, 9), percent(34, 102_000), percent(1, 8), percent(99_999, 100_000)]).toEqual([
    "–",
    "0%",
    "< 0.1%",
    "12.5%",
    "99.9%",
  ]);
  expect(percent(7, 7)).toBe("100%");
});

import { expect, it } from "vitest";
import { driver, forecast } from "./forecast";

const now = new Date("2026-03-10T12:00:00Z");
const days = [
  { key: "2026-03-09", settled_credits: "70" },
  { key: "2026-01-01", settled_credits: "9999" },
];

it("goes by the pace of the last seven days", () => {
  expect(forecast("100", days, now)).toBe("reached in about 10 days at the pace of the last 7 days");
  expect(forecast("0", days, now)).toBe("nothing is left");
  expect(forecast(null, days, now)).toBeNull();
  expect(forecast("100", [], now)).toBeNull();
});

it("names what drove the spend", () => {
  expect(
    driver(
      [
        { key: "a", settled_credits: "75" },
        { key: "b", settled_credits: "25" },
      ],
      100_000_000n,
    ),
  ).toBe("a drove 75 % of it: 75 credits");
});

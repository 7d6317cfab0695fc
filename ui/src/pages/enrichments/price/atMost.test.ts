import { expect, it } from "vitest";
import type { Schemas } from "../../../api/client";
import { atMost, buyWords, firstAtMost, rowsAtMost, under } from "./atMost";

const estimate = (change: object) =>
  ({ to_run: 150, high_credits: "150", per_row_credits: "1", ...change }) as unknown as Schemas["Estimate"];

it("promises no more rows than a limit in records leaves, and their price", () => {
  const e = estimate({ limit_left_records: 20, limit_left_credits: "100" });
  expect([rowsAtMost(e), atMost(e)]).toEqual([20, "20"]);
  expect(rowsAtMost(estimate({ limit_left_records: null }))).toBe(150);
});

it("promises no more than the tightest of price, limit and balance", () => {
  expect(atMost(estimate({}))).toBe("150");
  expect(atMost(estimate({ limit_left_credits: "30", balance_credits: "40" }))).toBe("30");
  expect(atMost(estimate({ limit_left_credits: "30", balance_credits: "4" }))).toBe("4");
});

it("says what can really be bought", () => {
  const words = (change: object) =>
    buyWords(estimate({ found_credits: "1", found_fixed: true, ...change }), (n) => `${n} emails`);
  expect(words({})).toBe("Buy up to 150 emails, at most 150 credits");
  expect(words({ limit_left_credits: "10" })).toBe("Buy up to 10 emails, at most 10 credits");
  expect(words({ balance_credits: "1" })).toBe("Buy up to 1 emails, at most 1 credit");
  expect(words({ limit_left_credits: "10", found_credits: "0.3", found_fixed: false })).toBe(
    "Buy about 33 emails, at most 10 credits",
  );
  expect(words({ limit_left_credits: "10", next_run: true })).toBe("Buy the next 10 emails, at most 10 credits");
});

it("prices the first rows by the highest price of each, within what binds the whole", () => {
  const of = (change: object, rows = 10) => firstAtMost(estimate({ per_row_credits: "1.5", ...change }), rows);
  expect([of({}), of({ to_run: 4 }), of({ limit_left_records: 2 })]).toEqual(["15", "6", "3"]);
  expect([of({ limit_left_credits: "7" }), of({ to_run: 0, high_credits: "0" }), of({}, 0)]).toEqual(["7", "0", "0"]);
});

it("prices a limit that is being typed, beside what is used and what else binds", () => {
  const own = { per: "lifetime", used_credits: "50", used_records: 50, left_credits: "150", left_records: 0 };
  const limit = own as unknown as Schemas["LimitView"];
  const e = estimate({ limit_left_credits: "150", limit_left_records: 0 });
  const typed = (credits: string, records: string) => under(e, limit, { credits, records, per: "lifetime" });
  expect(rowsAtMost(typed("200", "80"))).toBe(30);
  expect(atMost(typed("60", ""))).toBe("10");
  expect(rowsAtMost(typed("500", "50"))).toBe(0);
  const workspace = estimate({ limit_left_credits: "7" });
  expect(atMost(under(workspace, limit, { credits: "900", records: "", per: "lifetime" }))).toBe("7");
});

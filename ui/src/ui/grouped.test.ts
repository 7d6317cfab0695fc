import { expect, it } from "vitest";
import { grouped } from "./grouped";

it("writes a number as the browser does, but for its minus", () => {
  for (const n of [0, 7, 999, 1000, 12_345, 1_234_567, 0.5, 1234.5678, 100_000.001, 999.9996, -1, -1234.5])
    expect(grouped(n)).toBe(n.toLocaleString("en-US").replace("-", "−"));
  for (const n of [0n, 999n, 1000n, 12_345_678_901_234_567_890n]) expect(grouped(n)).toBe(n.toLocaleString("en-US"));
});

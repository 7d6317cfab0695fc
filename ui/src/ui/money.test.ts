import { describe, expect, it } from "vitest";
import { about, creditsText, formatCredits, formatMoney, fromMicro, micro, multiply } from "./money";

describe("credits", () => {
  it("reads and writes every micro-credit", () => {
    for (const s of ["0", "0.4", "1000", "-2.5", "0.000001", "999999999999.999999"])
      expect(fromMicro(micro(s))).toBe(s);
  });

  it("takes nothing for what is no amount", () => {
    for (const s of ["", "1e3", "0.1234567", "abc", null, undefined]) expect(micro(s)).toBe(0n);
  });

  it("never understates", () => {
    for (const [amount, text] of [
      ["0.4", "0.4"],
      ["0.001", "0.001"],
      ["0.001234", "0.0013"],
      ["0.000001", "0.000001"],
      ["12.345678", "12.35"],
      ["739.296632", "739.3"],
      ["-2.501", "−2.51"],
    ])
      expect(formatCredits(amount)).toBe(text);
    expect(formatCredits("0.4", 0)).toBe("1");
    expect(formatCredits("1234.5")).toBe("1,234.5");
    expect(formatMoney("640")).toBe("US$6.40");
    expect(formatMoney("0.1")).toBe("US$0.01");
    expect(formatMoney("1234567", "0.02")).toBe("US$24,691.34");
  });

  it("counts one credit as one", () => {
    expect(creditsText("1")).toBe("1 credit");
    expect(creditsText("640")).toBe("640 credits");
  });

  it("says an expectation in whole credits where prices are whole", () => {
    expect(about("9.545455", "1", "10")).toBe("10");
    expect(about("0.2", "1")).toBe("1");
    expect(about("0", "1")).toBe("0");
    expect(about("9.545455", "1.5", "10")).toBe("9.545455");
  });

  it("multiplies without floats", () => {
    expect(multiply("0.1", 3)).toBe("0.3");
  });
});

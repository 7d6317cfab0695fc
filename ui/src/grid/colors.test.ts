import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { theme } from "../theme";
import { ruleFor, ruleText, tints } from "./colors";
import type { ColorRule } from "./view";

const rule = (is: ColorRule["is"], value?: string): ColorRule => ({ field: "x", is, value, tint: "red" });

test("a rule holds for the cells that it says, and for no blank one", () => {
  const cases: [ColorRule, Parameters<typeof ruleFor>[1], unknown, boolean][] = [
    [rule("is", "cto"), "text", "CTO", true],
    [rule("is", "cto"), "text", "CTO of all", false],
    [rule("is", ""), "text", "", false],
    [rule("is", "5"), "number", 5, true],
    [rule("is", "yes"), "boolean", true, true],
    [rule("is", "no"), "boolean", true, false],
    [rule("is", "vip"), "multi_select", "VIP;late", true],
    [rule("is", "2026-01-31"), "timestamp", "2026-01-31T10:00:00Z", true],
    [rule("contains", "eng"), "text", "Senior Engineer", true],
    [rule("above", "1,000"), "number", 1000.5, true],
    [rule("above", "1000"), "number", 1000, false],
    [rule("above", "x"), "number", 1000, false],
    [rule("below", "2026-01-31"), "date", "2026-01-30", true],
    [rule("below", "10"), "number", undefined, false],
    [rule("filled"), "text", "a", true],
    [rule("blank"), "text", undefined, true],
    [rule("blank"), "text", 0, false],
  ];
  for (const [r, type, value, want] of cases)
    expect([r, value, ruleFor([r], type, value, undefined) !== undefined]).toEqual([r, value, want]);
  expect(ruleFor([rule("stale")], "text", "a", "stale")).toBeDefined();
  expect(ruleFor([rule("stale")], "text", "a", "reused")).toBeUndefined();
});

test("the first rule that holds tints, and says why", () => {
  const first: ColorRule = { field: "x", is: "contains", value: "a", tint: "blue" };
  expect(ruleFor([rule("is", "b"), first, rule("filled")], "text", "Anna", undefined)).toBe(first);
  expect(ruleText(first, "Title")).toBe("Blue: Title contains a");
});

/** How light a colour is, #rrggbb, as the contrast of two is reckoned (WCAG 2). */
function light(color: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((i) => Number.parseInt(color.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const contrast = (a: string, b: string) => {
  const [x, y] = [light(a), light(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};

// axe does not see what stands before a cell, and looks only at the tints that the rows of the day have.
test.each(Object.entries(tints))("text and the mark can be read on %s, in light and dark", (tint, { mark }) => {
  const css = readFileSync(new URL("Tint.module.css", import.meta.url), "utf8");
  const own = css.split(`.tint[data-tint="${tint}"] {`)[1]?.split("}")[0] ?? "";
  const pair = (name: string) =>
    new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\);`).exec(own)?.slice(1) as [string, string];
  expect(own).toContain(`--mark: "${mark}";`);
  for (const [i, text] of ["#000000", theme.colors?.dark?.[0] as string].entries()) {
    expect(contrast(pair("tint")[i] as string, pair("mark-color")[i] as string)).toBeGreaterThan(4.5);
    expect(contrast(pair("tint")[i] as string, text)).toBeGreaterThan(4.5);
  }
});

import { expect, test } from "vitest";
import { separators } from "./separators";

test("names the separator that was found, until one is chosen", () => {
  const label = (found: string, chosen: string) => separators(found, chosen).find((d) => d.value === found)?.label;
  expect(label(";", "")).toBe("Semicolon (;), found");
  expect(label("tab", "")).toBe("Tab, found");
  expect(label("#", "")).toBe("#, found");
  expect(label(";", ";")).toBe("Semicolon (;)");
  expect(separators("", "").every((d) => !d.label.endsWith("found"))).toBe(true);
});

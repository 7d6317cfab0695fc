import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

it("has no yellow badge: its words cannot be read on it", () => {
  const root = new URL("../", import.meta.url).pathname;
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".tsx"));
  expect(files.length).toBeGreaterThan(100);
  const bad = files.filter((f) => /<Badge[^>]*color="yellow"/.test(readFileSync(join(root, f), "utf8")));
  expect(bad).toEqual([]);
});

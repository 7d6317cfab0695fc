import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pages = [
  "/",
  "/?field=email",
  "/people",
  "/companies",
  "/audiences",
  "/audiences/new",
  "/enrichments",
  "/enrichments/new",
  "/credits",
  "/credits?tab=limits",
  "/import",
  "/providers?provider=sandbox",
  "/notifications",
  "/settings",
];

describe.skipIf(!ready)("axe finds nothing serious", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
    await w.page.getByRole("button", { name: "Load sample data" }).click();
    await w.page.getByText("Email: 0 % filled").waitFor();
  }, 30_000);
  afterAll(() => w?.stop());

  for (const scheme of ["light", "dark"] as const) {
    it(`in ${scheme}`, { timeout: 90_000 }, async () => {
      const page = await w.browser.newPage({ colorScheme: scheme, reducedMotion: "reduce", bypassCSP: true });
      const found: string[] = [];
      for (const path of pages) {
        await page.goto(w.url + path);
        await page.getByRole("main").waitFor({ state: "attached" });
        await page.waitForTimeout(900);
        await page.evaluate(axe);
        const results = await page.evaluate(() =>
          (
            window as unknown as {
              axe: {
                run: () => Promise<{
                  violations: { id: string; impact: string; nodes: { html: string; any: { message: string }[] }[] }[];
                }>;
              };
            }
          ).axe.run(),
        );
        for (const v of results.violations) {
          if (v.impact !== "serious" && v.impact !== "critical") continue;
          for (const n of v.nodes.slice(0, 3))
            found.push(`${path}: ${v.id}: ${n.html.slice(0, 160)} ${(n.any[0]?.message ?? "").slice(0, 160)}`);
        }
      }
      await page.close();
      expect(found).toEqual([]);
    });
  }
});

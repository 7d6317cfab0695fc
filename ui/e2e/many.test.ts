import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CDPSession, Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binary, ready, type World, world } from "./harness";

const total = 100_000;
const nameOf = (n: number) => `Person ${String(n).padStart(6, "0")}`;

describe.skipIf(!ready)("100,000 records", () => {
  let w: World;
  let grid: Locator;
  let browser: CDPSession;
  beforeAll(async () => {
    w = await world();
    const file = join(dirname(w.db), "many.csv");
    const lines = ["External ID,Name,Title,Location,Company domain"];
    for (let n = 1; n <= total; n++)
      lines.push(`m${n},${nameOf(n)},Engineer ${n % 97},${n % 2 ? "Berlin" : "Paris"},acme${n % 999}.example`);
    writeFileSync(file, lines.join("\n"));
    execFileSync(binary, ["import", file, "--entity", "people", "--server", w.url], { stdio: "pipe" });
    await w.page.goto(`${w.url}/people`);
    await w.page.getByText("100,000 people", { exact: true }).waitFor();
    grid = w.page.getByRole("grid", { name: "people" });
    browser = await w.page.context().newCDPSession(w.page);
  });
  afterAll(() => w?.stop());

  /** Waits until the rows on screen are read, and gives them by their numbers. */
  async function onScreen(): Promise<Map<number, string>> {
    let rows: [number, string][] = [];
    await expect
      .poll(
        async () => {
          rows = await grid.evaluate((g) => {
            const box = g.getBoundingClientRect();
            return [...g.querySelectorAll<HTMLElement>('[role="gridcell"][data-col="0"]')]
              .filter((c) => {
                const { top, bottom } = c.getBoundingClientRect();
                return bottom > box.top + 40 && top < box.bottom;
              })
              .map(
                (c) =>
                  [Number(c.closest<HTMLElement>("[data-row]")?.dataset.row) + 1, c.textContent ?? ""] as [
                    number,
                    string,
                  ],
              );
          });
          return rows.length > 10 && rows.every(([, name]) => name !== "");
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    return new Map(rows);
  }

  /** The rows on screen are those of their places; gives the first and the last. */
  async function right(place = nameOf) {
    const rows = await onScreen();
    const wrong = [...rows].filter(([n, name]) => name !== place(n));
    expect(wrong).toEqual([]);
    const numbers = [...rows.keys()];
    return { first: Math.min(...numbers), last: Math.max(...numbers) };
  }

  /** What the page holds: elements, and bytes of its heap after a collection. */
  async function held() {
    await browser.send("HeapProfiler.enable");
    await browser.send("HeapProfiler.collectGarbage");
    const { usedSize } = await browser.send("Runtime.getHeapUsage");
    return { elements: await w.page.evaluate(() => document.querySelectorAll("*").length), heap: usedSize };
  }

  /** As the scroll bar does: to a share of the way. */
  const drag = (share: number) =>
    grid.evaluate((g, s) => g.scrollTo({ top: s * (g.scrollHeight - g.clientHeight) }), share);

  it("are scrolled to the end by keys and by the wheel", async () => {
    const { page } = w;
    expect(await right()).toMatchObject({ first: 1 });
    expect(await grid.getAttribute("aria-rowcount")).toBe(String(total + 1));
    await grid.focus();
    await page.keyboard.press("Control+End");
    expect(await right()).toMatchObject({ last: total });
    for (let i = 0; i < 5; i++) await page.keyboard.press("PageUp");
    const { last } = await right();
    expect(last).toBeGreaterThan(total - 300);
    expect(last).toBeLessThan(total - 50);
    await page.keyboard.press("Control+Home");
    expect(await right()).toMatchObject({ first: 1 });
    await grid.hover();
    for (let i = 0; i < 20; i++) await page.mouse.wheel(0, 32 * 50);
    await expect.poll(async () => (await right()).first).toBe(1001);
  });

  it("are jumped around in, and the page does not grow", async () => {
    await drag(0);
    await right();
    const before = await held();
    for (let i = 0; i < 40; i++) {
      const share = ((i * 61) % 100) / 100;
      await drag(share);
      const { first } = await right();
      expect(Math.abs(first - share * total)).toBeLessThan(100);
    }
    await drag(1);
    expect(await right()).toMatchObject({ last: total });
    const after = await held();
    expect(after.elements).toBeLessThan(2 * before.elements);
    expect(after.heap - before.heap).toBeLessThan(16 << 20);
  });

  it("are sorted, and opened where one is", async () => {
    const { page } = w;
    await drag(0);
    await page.getByRole("columnheader", { name: "Name" }).getByRole("button").first().click();
    await page.getByRole("menuitem", { name: "Sort descending" }).click();
    const reversed = (n: number) => nameOf(total + 1 - n);
    await page.getByRole("gridcell", { name: nameOf(total) }).waitFor();
    expect(await right(reversed)).toMatchObject({ first: 1 });
    await drag(0.5);
    await right(reversed);
    await grid.focus();
    await page.keyboard.press("Control+End");
    expect(await right(reversed)).toMatchObject({ last: total });
    await page.keyboard.press("Space");
    await page
      .getByRole("complementary", { name: "Record" })
      .getByRole("heading", { name: nameOf(1) })
      .waitFor();
  });
});

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { findEmail } from "./walk";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type Found = { id: string; impact: string; nodes: { html: string; any: { message: string }[] }[] };

const dialog = (page: Page) => page.getByRole("dialog").waitFor();

/** Shows the table beside a picture. */
async function table(page: Page, of: string) {
  await page.getByRole("button", { name: `${of}: show as a table` }).click();
  await page.getByRole("table", { name: of }).waitFor();
}

async function more(page: Page, item: string) {
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: item }).click();
  await dialog(page);
}

/** Each page, and what is opened on it. work-email is live; draft has not been started. */
const screens: [path: string, open?: (page: Page) => Promise<unknown>][] = [
  ["/"],
  ["/?field=email"],
  ["/people"],
  [
    "/people",
    async (page) => {
      await page.getByRole("columnheader", { name: "Title" }).getByRole("button").first().click();
      await page.getByRole("menuitem", { name: "Sort ascending" }).waitFor();
    },
  ],
  [
    "/people",
    async (page) => {
      await page.getByRole("button", { name: "Filter", exact: true }).click();
      await page.getByRole("group", { name: "Filter" }).waitFor();
    },
  ],
  ["/people?group=title&open=blank", (page) => page.getByRole("region", { name: "Groups by Title" }).waitFor()],
  [
    "/people",
    async (page) => {
      await page.getByRole("button", { name: "Look", exact: true }).click();
      await page.getByText("Tall", { exact: true }).click();
      for (const tint of ["red", "orange", "yellow", "green", "blue", "purple"]) {
        await page.getByRole("button", { name: "Colour", exact: true }).click();
        const rule = page.getByRole("group", { name: /^Colour/ }).last();
        await rule.getByRole("combobox", { name: "Condition" }).selectOption("contains");
        await rule.getByRole("textbox", { name: "Value" }).fill(tint.slice(0, 1));
        await rule.getByRole("combobox", { name: "Tint" }).selectOption(tint);
      }
      await page.locator('[data-tint="red"]').first().waitFor();
    },
  ],
  ["/people?record=1", (page) => page.getByRole("complementary", { name: "Record" }).locator("dl").waitFor()],
  [
    "/people",
    async (page) => {
      await page.keyboard.press("Control+k");
      await dialog(page);
    },
  ],
  ["/companies"],
  ["/review"],
  ["/audiences"],
  [
    "/audiences/new",
    async (page) => {
      await page.getByRole("button", { name: "Group" }).click();
      await page.getByRole("button", { name: "As text" }).click();
      await page.locator(".cm-editor").waitFor();
    },
  ],
  ["/audiences/all-people"],
  ["/signals"],
  ["/signals?tab=rules"],
  ["/enrichments"],
  ["/enrichments/new"],
  ["/enrichments/work-email", (page) => page.getByText("200 of 200 rows done").waitFor()],
  [
    "/enrichments/work-email",
    async (page) => {
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      await page.getByRole("button", { name: "Pause it" }).waitFor();
    },
  ],
  ["/enrichments/work-email?tab=rows", (page) => page.getByRole("row").nth(10).waitFor()],
  ["/enrichments/work-email?tab=limit", (page) => page.getByRole("textbox", { name: "Credits" }).waitFor()],
  ["/enrichments/work-email?tab=journal"],
  ["/enrichments/draft?tab=start", (page) => page.getByText("200 records").waitFor()],
  ["/enrichments/draft", (page) => more(page, "Point at another audience")],
  ["/enrichments/draft", (page) => more(page, "Delete")],
  ["/enrichments/draft/edit"],
  ["/enrichments/work-email?tab=overview", (page) => table(page, "Spend against the limit")],
  ["/credits", (page) => table(page, "Credits over time, by enrichment")],
  ["/credits?tab=limits"],
  ["/credits?tab=nothing", (page) => page.getByText("Why so fast?").waitFor()], // an address of no tab shows the first
  ["/import"],
  ["/providers?provider=sandbox"],
  ["/providers/definition"],
  ["/providers/definition?of=hunter"],
  [
    "/flows",
    async (page) => {
      await page.getByRole("button", { name: "New destination" }).click();
      await dialog(page);
    },
  ],
  ["/notifications"],
  [
    "/people/1",
    (page) =>
      page.getByRole("complementary", { name: "About this record" }).getByRole("heading", { name: "Notes" }).waitFor(),
  ],
  ["/people/1?tab=history"],
  ["/people/1?tab=calls"],
  ["/undo", (page) => page.getByRole("row").nth(2).waitFor()],
  [
    "/undo",
    async (page) => {
      await page
        .getByRole("button", { name: /^Take back/ })
        .first()
        .click();
      await dialog(page);
    },
  ],
  ["/enrichments/work-email?tab=backtest"],
  ["/enrichments/work-email?tab=runs"],
  ["/enrichments/work-email?tab=versions"],
  ["/settings"],
  ["/settings?tab=people"],
  ["/settings?tab=tokens"],
  ["/settings?tab=channels"],
  ["/settings?tab=activity"],
];

describe.skipIf(!ready)("axe finds nothing serious, in light and dark, on", () => {
  let w: World;
  let page: Page;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    page = await w.browser.newPage({ bypassCSP: true });
    page.setDefaultTimeout(30_000);
    await page.goto(w.url);
    await page.getByRole("button", { name: "Load sample data" }).click();
    await page.getByText("Email: 0% filled").waitFor();
    for (const name of ["draft", "work-email"]) {
      await page.goto(`${w.url}/enrichments/new`);
      await findEmail(page, name, "500");
      await page.getByRole("button", { name: /^Buy up to 200 emails/ }).waitFor();
    }
    await page.getByRole("button", { name: /^Buy up to/ }).click();
    await page.getByText("200 of 200 rows done").waitFor();
  });
  afterAll(() => w?.stop());

  it.each(screens.map(([path, open], i) => ({ i, path, open })))("$i $path", async ({ path, open }) => {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.goto(w.url + path);
    await page.getByRole("main").getByRole("heading").first().waitFor();
    await open?.(page);
    expect(await look({})).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    // What the themes differ in.
    expect(await look({ runOnly: ["color-contrast", "link-in-text-block"] })).toEqual([]);
  });

  async function look(how: { runOnly?: string[] }) {
    await settled(page);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(
      (h) =>
        (window as unknown as { axe: { run: (h: object) => Promise<{ violations: Found[] }> } }).axe.run({
          ...h,
          resultTypes: ["violations"],
        }),
      how,
    );
    return violations
      .filter((v) => v.impact === "serious" || v.impact === "critical")
      .flatMap((v) =>
        v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.html.slice(0, 160)} ${(n.any[0]?.message ?? "").slice(0, 160)}`),
      );
  }
});

/** Waits until nothing moves and nothing is being loaded. */
async function settled(page: Page) {
  await page.waitForFunction(
    () =>
      document.querySelector(".mantine-Skeleton-root, [aria-busy=true]") === null &&
      document.getAnimations().every((a) => a.playState !== "running" || a.effect?.getTiming().iterations === Infinity),
  );
}

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { asText, checkFile, findEmail, pause, people } from "./walk";

describe.skipIf(!ready)("two tabs", () => {
  let w: World;
  let second: Page;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    await w.page.goto(w.url);
    await checkFile(w.page, "people.csv", people(1, 40));
    await w.page.getByRole("button", { name: "Import 40 rows" }).click();
    await w.page.getByRole("link", { name: "Enrich them" }).click();
    await findEmail(w.page, "work-email", "25");
    await w.page.getByRole("button", { name: /^Buy up to 25 emails/ }).waitFor();
    second = await w.page.context().newPage();
    second.setDefaultTimeout(30_000);
  });
  afterAll(() => w?.stop());

  /** Opens an address in the second tab, and gives a check that it has not been loaded since. */
  async function beside(path: string) {
    await second.goto(w.url + path);
    await second.evaluate(() => Object.assign(window, { loaded: "once" }));
    return async () =>
      expect(await second.evaluate(() => (window as unknown as { loaded?: string }).loaded)).toBe("once");
  }

  it("agree on an enrichment: its run, its limit, its pause", async () => {
    const { page } = w;
    const notReloaded = await beside("/enrichments/work-email?tab=overview");
    await second.getByText("draft", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Buy up to 25 emails, at most 25 credits (US$0.25)" }).click();
    await second.getByText("25 of 40 rows done").waitFor();
    await second.getByText("paused · limit reached").first().waitFor();
    await second.getByRole("link", { name: /Notifications, \d unread/ }).waitFor();
    await second.getByRole("tab", { name: "Limit" }).click();
    await second.getByRole("textbox", { name: "Credits" }).fill("60");
    await second.getByRole("button", { name: "Raise and resume" }).click();
    await page.getByText("40 of 40 rows done").waitFor();
    await page.getByText("40 of 60 credits").waitFor();
    await second.getByText("live · all rows done", { exact: true }).waitFor();
    await pause(page);
    await second.getByText("paused · by a person").first().waitFor();
    await notReloaded();
  });

  it("agree on a record: its value, and the audience that it enters", async () => {
    const { page } = w;
    await page.goto(`${w.url}/audiences/new`);
    await page.getByRole("textbox", { name: "Name" }).fill("chiefs");
    await (await asText(page)).fill('title == "Chief of Staff"');
    await page.getByText("0 of 40 people").waitFor();
    await page.getByRole("button", { name: "Save audience" }).click();
    await page.getByText("No people in this audience").waitFor();

    const notReloaded = await beside("/people");
    await second.getByRole("gridcell", { name: "Ada Number1", exact: true }).click();
    await second.keyboard.press("Space");
    const panel = second.getByRole("complementary", { name: "Record" });
    await panel.getByRole("heading", { name: "Ada Number1", exact: true }).waitFor();

    const third = await page.context().newPage();
    await third.goto(`${w.url}/people`);
    const row = third.getByRole("row").filter({ hasText: "Ada Number1" }).first();
    await row.getByRole("gridcell", { name: "Engineer" }).dblclick();
    await third.getByRole("textbox", { name: "Title of Ada Number1" }).fill("Chief of Staff");
    await third.keyboard.press("Enter");

    await panel.getByText("Chief of Staff").waitFor();
    await third.close();
    await panel.getByText(/by hand/).waitFor();
    await second.getByRole("gridcell", { name: "Chief of Staff" }).waitFor();
    await page.getByRole("gridcell", { name: "Ada Number1", exact: true }).waitFor();
    await page.getByText(/^1 (people|person)/).waitFor();
    await notReloaded();
  });

  it("let go of the server out of sight, so that a ninth loads, and catch up when they are seen", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/work-email?tab=limit`);
    await beside("/enrichments/work-email?tab=overview");
    await second.getByText("40 of 60 credits").waitFor();
    const seen = (tab: Page, state: "hidden" | "visible") =>
      tab.evaluate((s) => {
        Object.defineProperty(document, "visibilityState", { value: s, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    await seen(second, "hidden");
    for (let i = 3; i <= 9; i++) {
      const tab = await page.context().newPage();
      await tab.goto(`${w.url}/settings`);
      await tab.getByRole("heading", { name: "Settings" }).waitFor();
      await seen(tab, "hidden");
    }
    await page.getByRole("textbox", { name: "Credits" }).fill("61");
    await page.getByRole("button", { name: "Set the limit" }).click();
    await page.getByText(/61 credits = US\$0\.61/).waitFor();
    await seen(second, "visible");
    await second.getByText("40 of 61 credits").waitFor();
  });
});

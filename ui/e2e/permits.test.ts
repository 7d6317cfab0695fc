import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstLink, invite, join } from "./accounts";
import { ready, type World, world } from "./harness";
import { checkFile, findEmail, people } from "./walk";

describe.skipIf(!ready)("what is not for one is off, with the reason", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    const { page } = w;
    await page.goto(firstLink(w));
    await page.getByText("local · admin").waitFor();
    await checkFile(page, "people.csv", people(1, 30));
    await page.getByRole("button", { name: "Import 30 rows" }).click();
    await page.getByRole("link", { name: "Enrich them" }).click();
    await findEmail(page, "work-email", "100");
    await page.getByRole("button", { name: /^Buy up to 30 emails/ }).waitFor();
  }, 60_000);
  afterAll(() => w?.stop());

  /** Every one of these is there, off, and says why. */
  async function off(page: Page, ...names: (string | RegExp)[]) {
    for (const name of names) {
      const button = page.getByRole("button", { name }).first();
      await button.waitFor();
      await page.waitForFunction((b) => (b as HTMLButtonElement).disabled, await button.elementHandle());
      expect(await button.getAttribute("title")).toMatch(/Ask an admin|Only /);
    }
  }

  it("a viewer's", async () => {
    const vera = await join(w, await invite(w, "vera@acme.example", "Viewer"));
    await vera.goto(`${w.url}/enrichments/work-email?tab=start`);
    await off(vera, /^Buy up to/, /^Run on 10/, "Edit");
    await vera.getByRole("button", { name: "More" }).click();
    for (const name of ["Ask again", "Point at another audience", "Reset its rows", "Delete"]) {
      const item = vera.getByRole("menuitem", { name });
      await item.waitFor();
      expect(await item.isDisabled(), name).toBe(true);
      expect(await item.getAttribute("title"), name).toMatch(/Ask an admin|Only /);
    }
    await vera.keyboard.press("Escape");
    await vera.getByText("Only admins, and editors who may spend, can do this.").waitFor();
    expect(await vera.getByRole("link", { name: "Edit", exact: true }).count()).toBe(0);
    await vera.goto(`${w.url}/enrichments/work-email?tab=limit`);
    await off(vera, "Set the limit");
    await vera.goto(`${w.url}/credits?tab=limits`);
    await off(vera, "Set the limit");
    await vera.goto(`${w.url}/audiences/new`);
    await off(vera, "Save audience");
    await vera.goto(`${w.url}/import`);
    await off(vera, "Choose a file");
    await vera.getByText("You have view access").waitFor();
    await vera.goto(`${w.url}/providers?provider=sandbox`);
    await off(vera, "Test");
    await vera.goto(`${w.url}/providers?provider=hunter`);
    expect(await vera.getByLabel(/costs, in credits/).isDisabled()).toBe(true);
    await vera.goto(`${w.url}/people`);
    await vera.getByText("Ada Number1").first().dblclick();
    await vera.getByText("You have view access").waitFor();
    expect(await vera.getByRole("gridcell").locator("input").count()).toBe(0);
    for (const name of ["Import", "Field"]) {
      const main = vera.getByRole("main");
      expect(await main.getByRole("link", { name, exact: true }).count()).toBe(0);
      expect(await main.getByRole("button", { name, exact: true }).count()).toBe(0);
    }
    await vera.context().close();
  });

  it("an editor's, until an admin lets them spend", async () => {
    const ed = await join(w, await invite(w, "ed@acme.example", "Editor"));
    await ed.goto(`${w.url}/enrichments/work-email?tab=start`);
    await off(ed, /^Buy up to/);
    await w.page.goto(`${w.url}/settings?tab=people`);
    await w.page.getByRole("combobox", { name: "Role of ed@acme.example" }).click();
    await w.page.getByRole("option", { name: "Editor who may spend" }).click();
    await w.page.getByRole("tab", { name: "Activity" }).click();
    await w.page.getByText("editor, may spend").waitFor();
    await ed.reload();
    await ed.getByRole("button", { name: "Buy up to 30 emails, at most 30 credits (US$0.30)" }).click();
    await ed.getByText("30 of 30 rows done").waitFor();
    await ed.goto(`${w.url}/credits?tab=limits`);
    await ed.getByRole("combobox", { name: "Of", exact: true }).click();
    await ed.getByRole("option", { name: "person" }).click();
    await off(ed, "Set the limit");
    await ed.context().close();
  });
});

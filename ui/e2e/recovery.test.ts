import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fragile, fragile } from "./fragile";
import { ready } from "./harness";
import { checkFile, condition, expires, go, people } from "./walk";

const silent = "Can’t reach the server. What you see may be out of date";
const waits = "Your change waits.";

// Nothing here loads the page anew: what was typed is in it.
describe.skipIf(!ready)("what goes wrong is said, and nothing typed is lost", () => {
  let f: Fragile;
  let loads = 0;
  beforeAll(async () => {
    f = await fragile();
    await f.page.goto(f.link());
    await f.page.getByText("local · admin").waitFor();
    await checkFile(f.page, "people.csv", people(1, 40));
    await f.page.getByRole("button", { name: "Import 40 rows" }).click();
    await f.page.getByRole("link", { name: "See the records" }).click();
    await f.page.getByText("40 people").waitFor();
    f.page.on("load", () => loads++);
  }, 90_000);
  afterAll(() => f?.end());

  /** Types into the title of someone, without saving it. */
  async function edit(name: string, text: string) {
    const { page } = f;
    // To go where one is ends an edit that has just begun.
    const { pathname, search } = new URL(page.url());
    if (pathname !== "/people" || search) await go(page, "People");
    const row = page.getByRole("row").filter({ has: page.getByRole("gridcell", { name, exact: true }) });
    await row.getByRole("gridcell", { name: "Engineer", exact: true }).dblclick();
    await page.getByRole("textbox", { name: `Title of ${name}` }).fill(text);
  }

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    it(`a cell, over a server that ends by ${signal} and starts again`, { timeout: 90_000 }, async () => {
      const { page } = f;
      await edit("Ada Number7", `Typed before ${signal}`);
      await f.stop(signal);
      await page.keyboard.press("Enter");
      await page.getByText(waits).waitFor();
      await page.getByText(silent).waitFor();
      await f.start();
      await page.getByText(waits).waitFor({ state: "hidden" });
      await page.getByText(silent).waitFor({ state: "hidden" });
      await page.getByRole("gridcell", { name: `Typed before ${signal}` }).waitFor();
      await asItWas(signal);
      expect(loads).toBe(0);
    });
  }

  /** As it was, for the next. */
  async function asItWas(signal: string) {
    await f.page.getByRole("gridcell", { name: `Typed before ${signal}` }).dblclick();
    await f.page.getByRole("textbox", { name: "Title of Ada Number7" }).fill("Engineer");
    await f.page.keyboard.press("Enter");
    await f.page.getByRole("gridcell", { name: `Typed before ${signal}` }).waitFor({ state: "hidden" });
  }

  it("a cell, over a browser without a network", { timeout: 90_000 }, async () => {
    const { page } = f;
    await edit("Ada Number8", "Typed offline");
    await page.context().setOffline(true);
    await page.keyboard.press("Enter");
    await page.getByText(waits).waitFor();
    await page.context().setOffline(false);
    await page.getByRole("gridcell", { name: "Typed offline" }).waitFor();
    expect(loads).toBe(0);
  });

  it("a filter half built, a page not opened yet, over a proxy that reaches nobody", { timeout: 90_000 }, async () => {
    const { page } = f;
    await go(page, "Audiences");
    await page.getByRole("link", { name: "New audience" }).first().click();
    await page.getByRole("textbox", { name: "Name" }).fill("sellers");
    await page.getByRole("button", { name: "Condition" }).click();
    f.cable.turn("answers 502");
    await page.getByText(silent).waitFor();
    await condition(page, 0, "Title", "contains", "engineer");
    await page.getByRole("button", { name: "Save audience" }).click();
    await page.getByText(waits).waitFor();
    f.cable.turn("carries");
    await page.getByRole("heading", { name: "sellers" }).waitFor();
    f.cable.turn("refuses");
    await page.getByText(silent).waitFor();
    await go(page, "Providers"); // its code is not here yet
    f.cable.turn("carries");
    await page.getByRole("heading", { name: "Providers", exact: true }).waitFor();
    expect(loads).toBe(0);
  });

  it("a draft, over a connection that is half open", { timeout: 120_000 }, async () => {
    const { page } = f;
    await go(page, "Enrichments");
    await page.getByRole("link", { name: "New enrichment" }).first().click();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("half-open");
    await page.getByRole("button", { name: "Choose a provider" }).click();
    await page
      .getByRole("group", { name: "Simulated provider" })
      .getByRole("menuitem", { name: /^Find work email at most/ })
      .click();
    await page.getByRole("textbox", { name: "Credits" }).fill("100");
    f.cable.turn("is silent");
    await page.getByRole("button", { name: "Save, then try 10 rows" }).click();
    await page.getByText(silent).waitFor({ timeout: 40_000 });
    f.cable.turn("carries");
    await page.getByRole("heading", { name: "half-open" }).waitFor({ timeout: 30_000 });
    expect(loads).toBe(0);
  });

  it("credits are granted once, though the answer was lost", { timeout: 120_000 }, async () => {
    const { page } = f;
    await go(page, "Credits");
    await page.getByRole("button", { name: "Grant credits" }).click();
    await page.getByRole("textbox", { name: "Credits" }).fill("5");
    f.cable.turn("is deaf");
    await page.getByRole("button", { name: "Grant 5 credits" }).click();
    await page.getByText(silent).waitFor({ timeout: 40_000 });
    f.cable.turn("carries");
    await page.getByRole("button", { name: "Grant 5 credits" }).waitFor({ state: "hidden", timeout: 30_000 });
    await page.getByText("5 credits left").or(page.getByText("of 5 granted")).first().waitFor();
    const v = await (await page.context().request.get(`${f.url}/api/v1/credits`)).json();
    expect(v.granted_credits).toBe("5");
  });

  it("an upload, over a wire that is cut", { timeout: 120_000 }, async () => {
    const { page } = f;
    await checkFile(page, "more.csv", people(41, 90));
    const button = page.getByRole("button", { name: "Import 50 rows" });
    await button.waitFor();
    f.cable.turn("refuses");
    await button.click();
    await page.getByText(waits).waitFor();
    f.cable.turn("carries");
    await page.getByText("more.csv").first().waitFor();
    await page.getByRole("link", { name: "See the records" }).click();
    await page.getByText("90 people").waitFor();
    expect(loads).toBe(0);
  });

  it("a session that was ended elsewhere: signing in goes on with what was sent", { timeout: 90_000 }, async () => {
    const { page } = f;
    await go(page, "Settings");
    await page.getByRole("tab", { name: "API tokens" }).click(); // with a token there, everyone has to say who they are
    await page.getByRole("textbox", { name: "Name", exact: true }).last().fill("ci");
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByText("The token ci, shown this once").waitFor();
    await edit("Ada Number9", "Typed signed out");
    await expires(page);
    await page.keyboard.press("Enter");
    const again = page.getByRole("dialog", { name: "Your session has ended" });
    await again.waitFor();
    const beside = await page.context().newPage(); // as `local` again, in another tab
    await beside.goto(f.link());
    await beside.getByText("local · admin").waitFor();
    await page.bringToFront(); // a page out of sight asks nothing
    await again.waitFor({ state: "hidden" });
    await page.getByRole("gridcell", { name: "Typed signed out" }).waitFor();
    expect(loads).toBe(0);
  });
});

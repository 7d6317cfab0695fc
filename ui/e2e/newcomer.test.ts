import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { audienceOf, checkFile, draftOf3, go, people } from "./walk";

// A server that was started without a flag, a workspace without a key: whoever comes first gets to a purchase.
describe.skipIf(!ready)("a newcomer, from an empty workspace without a key", () => {
  let w: World;
  beforeAll(async () => {
    w = await world("none");
  });
  afterAll(() => w?.stop());

  it("imports a file and makes an audience", { timeout: 90_000 }, async () => {
    const { page, url } = w;
    await page.goto(url);
    await checkFile(page, "people.csv", people(180, 240));
    await page.getByRole("button", { name: "Import 61 rows" }).click();
    await page.getByText("61created").waitFor();
    await audienceOf(page, "In Berlin", "Location", "is", "Berlin");
    await page.getByRole("button", { name: "Save audience" }).click();
    await page.getByText("39 people", { exact: true }).waitFor();
  });

  it("is led from a vendor without a key to the simulated provider, and loses nothing typed", {
    timeout: 90_000,
  }, async () => {
    const { page } = w;
    await page.getByRole("link", { name: "Enrich it" }).click();
    await page.getByRole("radio", { name: /^Email 0% filled · .* can fill it$/ }).click();
    expect(await page.getByRole("textbox", { name: "Name", exact: true }).inputValue()).toBe("Find Email");
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("Emails of Berlin");
    await page.getByRole("textbox", { name: "Credits" }).fill("50");
    await page.getByRole("button", { name: "Choose a provider" }).click();
    await page
      .getByRole("group", { name: "Hunter" })
      .getByRole("menuitem", { name: /^Find work email/ })
      .click();
    await page.getByText("Hunter has no key.").waitFor();
    await page.getByRole("button", { name: "Add its key" }).click();
    await page.getByRole("dialog").getByRole("textbox", { name: "Key" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Use the simulated provider instead" }).click();
    await page.getByText("The simulated provider is on.").waitFor();
    await page.getByText("Find work email", { exact: true }).waitFor();
    expect(await page.getByRole("textbox", { name: "Name", exact: true }).inputValue()).toBe("Emails of Berlin");
    expect(await page.getByRole("textbox", { name: "Credits" }).inputValue()).toBe("50");
    await page.getByRole("button", { name: "Save, then try 10 rows" }).click();
    await page.getByRole("heading", { name: "Emails of Berlin" }).waitFor();
  });

  it("sees the price, buys ten rows, and then the others", { timeout: 90_000 }, async () => {
    const { page } = w;
    await page.getByText("answers are made up, nobody bills").waitFor();
    await page.getByRole("button", { name: "Run on 10 first, at most 10 credits (US$0.10)" }).click();
    await page.getByText(/^\d+ of 10 rows found/).waitFor();
    await page.getByRole("button", { name: /^Buy up to 29 emails/ }).click();
    await page.getByText("39 of 39 rows done").first().waitFor();
  });

  it("pauses and edits", { timeout: 90_000 }, async () => {
    const { page } = w;
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByRole("button", { name: "Pause and edit" }).click();
    await page.getByRole("heading", { name: "Edit Emails of Berlin" }).waitFor();
    await page.getByRole("textbox", { name: "Credits" }).fill("60");
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.getByRole("heading", { name: /^Emails of Berlin/ }).waitFor();
  });

  it("tells a made-up value from others, and takes the run back", { timeout: 90_000 }, async () => {
    const { page, url } = w;
    const { items } = await (await fetch(`${url}/api/v1/records?entity=people&where=filled(email)`)).json();
    expect(items.length).toBeGreaterThan(20);
    await page.goto(`${url}/people?record=${items[0].id}`);
    await page.getByText("made up", { exact: true }).waitFor();
    await go(page, "Undo");
    const runs = page.getByRole("button", { name: /^Take back: (run|try|rerun)/ });
    await runs.first().waitFor();
    for (let left = await runs.count(); left > 0; left--) {
      await runs.first().click();
      await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await expect.poll(() => runs.count()).toBe(left - 1);
    }
    const after = await (await fetch(`${url}/api/v1/records?entity=people&where=filled(email)`)).json();
    expect(after.items).toEqual([]);
  });

  it("switches the simulated provider off again", async () => {
    const { page } = w;
    await go(page, "Providers");
    await page.getByRole("button", { name: /^Simulated provider/ }).click();
    await page.getByRole("button", { name: "Switch it off" }).click();
    await page.getByRole("button", { name: "Switch it on" }).waitFor();
  });
});

describe.skipIf(!ready)("a workspace that is out of credits", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await draftOf3(w.page, w.url);
  }, 90_000);
  afterAll(() => w?.stop());

  it("says at the price what credits are, gives some there, and goes on", { timeout: 90_000 }, async () => {
    const { page, url } = w;
    await fetch(`${url}/api/v1/credits/grants`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ credits: "0.5" }),
    });
    await page.getByText("Give the workspace credits first").waitFor();
    await page.getByText(/A credit is this workspace’s own unit of spending, worth US\$0\.01/).waitFor();
    await page.getByRole("button", { name: "Grant credits" }).click();
    await page.getByRole("dialog").getByRole("textbox", { name: "Credits" }).fill("10");
    await page.getByRole("button", { name: "Grant 10 credits" }).click();
    await page.getByRole("button", { name: /^Buy up to 3 emails/ }).waitFor();
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { pause } from "./walk";

describe.skipIf(!ready)("from an empty workspace", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
  });
  afterAll(() => w?.stop());

  it("loads sample data and leads to the gap", async () => {
    await w.page.goto(w.url);
    await w.page.getByRole("button", { name: "Load sample data" }).click();
    await w.page.getByText("Email: 0% filled").waitFor();
    await w.page.getByText("New enrichment for Email").click();
    await w.page.getByRole("heading", { name: "New enrichment" }).waitFor();
  });

  it("writes an enrichment from the provider's description", async () => {
    const { page } = w;
    await page.getByRole("button", { name: "Choose a provider" }).click();
    await page
      .getByRole("group", { name: "Simulated provider" })
      .getByRole("menuitem", { name: /^Find work email at most/ })
      .click();
    expect(await page.getByRole("combobox", { name: "Full name" }).inputValue()).toBe("name");
    expect(await page.getByRole("combobox", { name: "Company domain" }).inputValue()).toBe("company_domain");
    await page.getByRole("textbox", { name: "Credits" }).fill("100");
    await page.getByRole("button", { name: "Save, then try 10 rows" }).click();
  });

  it("runs on ten first, and then shows the price on the button", async () => {
    const { page } = w;
    await page.getByRole("button", { name: /^Run on 10 first, at most [\d.]+ credits \(US\$[\d.]+\)$/ }).click();
    await page.getByText(/of 10 rows found, for/).waitFor();
    await page.getByRole("button", { name: /^Buy up to 9\d emails, at most 9\d credits \(US\$0\.9\d\)$/ }).waitFor();
  });

  it("stops at the limit, says so, and goes on when it is raised", async () => {
    const { page } = w;
    await page.getByRole("button", { name: /^Buy up to/ }).click();
    await page.getByText("paused · limit reached").first().waitFor();
    await page.getByRole("link", { name: /Notifications, \d unread/ }).click();
    await page
      .getByText(/limit of find.email is reached/i)
      .first()
      .waitFor();
    await page.getByRole("link", { name: "Data Hub" }).click();
    await page.getByRole("link", { name: /find.email has stopped/i }).click();
    await page.getByRole("textbox", { name: "Credits" }).fill("500");
    await page.getByRole("button", { name: "Raise and resume" }).click();
    await page.getByText("200 of 200 rows done").waitFor();
  });

  it("agrees in a second tab, and locks while live", async () => {
    const second = await w.page.context().newPage();
    await second.goto(`${w.url}/enrichments/find-email`);
    await second.getByRole("button", { name: "Edit", exact: true }).click();
    await second.getByText("It can’t be changed while it is live.").waitFor();
    await second.getByRole("button", { name: "Cancel" }).click();
    await pause(w.page);
    await second.getByText("paused · by a person").waitFor();
    await second.close();
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";
import { audienceOf, checkFile, findEmail, go, pause, people } from "./walk";

describe.skipIf(!ready)("the lesson, from an empty workspace", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
  });
  afterAll(() => w?.stop());

  it("imports a file", async () => {
    const { page } = w;
    await page.goto(w.url);
    await page.getByRole("heading", { name: "Welcome to Fettle" }).waitFor();
    await checkFile(page, "people.csv", people(1, 1141));
    await page.getByRole("button", { name: "Import 1,141 rows" }).click();
    await page.getByRole("link", { name: "See the records" }).click();
    await page.getByText("1,141 people", { exact: true }).waitFor();
  });

  it("builds two audiences that share 300", async () => {
    const { page } = w;
    await audienceOf(page, "engineers", "Title", "contains", "engineer");
    await page.getByText("501 of 1,141 people").waitFor();
    await page.getByRole("button", { name: "Save audience" }).click();
    await page.getByRole("heading", { name: "engineers" }).waitFor();
    await audienceOf(page, "berlin", "Location", "is", "Berlin");
    await page.getByText("940 of 1,141 people").waitFor();
    await page.getByRole("button", { name: "Save audience" }).click();
    await page.getByRole("heading", { name: "berlin" }).waitFor();
    await page.getByRole("tab", { name: "Overlap" }).click();
    await page.getByRole("combobox", { name: "Compare with" }).click();
    await page.getByRole("option", { name: "engineers" }).click();
    await page.getByRole("img", { name: "300 of 1141 are in both" }).waitFor();
    await page.getByRole("tab", { name: "Entered and left" }).click();
    await page.getByRole("cell", { name: "entered", exact: true }).first().waitFor();
  });

  it("tries ten, sees the price, and buys 501", async () => {
    const { page } = w;
    await go(page, "Audiences");
    await page.getByRole("link", { name: "engineers", exact: true }).click();
    await page.getByRole("link", { name: "Enrich it" }).click();
    await findEmail(page, "work-email", "2000");
    await page.getByRole("button", { name: "Run on 10 first" }).click();
    await page.getByText("10 of 10 rows found, for 10 credits").waitFor();
    expect((await books(w)).billed_calls).toBe(10);
    await page.getByRole("button", { name: "Buy up to 491 emails, at most 491 credits (US$4.91)" }).click();
    await page.getByText("501 of 501 rows done").waitFor();
    expect(await books(w)).toMatchObject({ billed_calls: 501, repeats: 0 });
    await page.getByRole("tab", { name: "Backtest" }).click();
    await page.getByText(/ for 501 rows$/).waitFor();
    await page.getByRole("tab", { name: "Overview" }).click();
    await page.getByRole("region", { name: "Why so fast" }).getByRole("listitem").first().waitFor();
  });

  it("pauses, resets and points at the other audience", async () => {
    const { page } = w;
    await pause(page);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Reset its rows" }).click();
    await page.getByText("It deletes no value").waitFor();
    await page.getByRole("button", { name: "Clear 501 rows" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Point at another audience" }).click();
    await page.getByRole("combobox", { name: "New audience" }).click();
    await page.getByRole("option", { name: "berlin" }).click();
    await page.getByRole("img", { name: "engineers: 501; berlin: 940; in both: 300" }).waitFor();
    await page.getByText("640 would be bought, at most 640 credits").waitFor();
    await page.getByRole("button", { name: "Point at berlin" }).click();
    await page.getByText("for berlin · version").waitFor();
    await page.getByRole("tab", { name: /^(Price and resume|Try and start)$/, selected: true }).waitFor();
  });

  it("buys 640, reuses 300, and says what that has saved", async () => {
    const { page } = w;
    await page.getByRole("button", { name: "Buy up to 640 emails, at most 640 credits (US$6.40)" }).click();
    await page.getByText("940 of 940 rows done").waitFor();
    await page.getByRole("link", { name: "Reused 300" }).waitFor();
    await page.getByRole("link", { name: "Found 640" }).waitFor();
    const saved = page.locator("section", { hasText: "Saved by reuse" });
    await saved.getByText("300 credits", { exact: true }).waitFor();
    await saved.getByText("300 rows bought before, not paid again").waitFor();
    await page.getByText("1,141 of 2,000 credits").waitFor();
    expect(await books(w)).toMatchObject({ calls: 1141, billed_calls: 1141, repeats: 0 });
  });
});

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";
import { checkFile, findEmail } from "./walk";

const csv = `External ID,Name,Title,Company domain
p1,Ada Lovelace,Engineer,acme1.example
p2,Ada Lovelace,Countess,acme2.example
p3,Bob Smith,Seller,acme3.example
`;

/** Types into the palette; gives its lines. */
async function search(page: Page, text: string) {
  await page.getByRole("main").getByRole("heading").first().waitFor(); // before it nobody listens to keys
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /^Search pages/ }).fill(text);
  return page.getByRole("listbox", { name: "Results" }).getByRole("option");
}

describe.skipIf(!ready)("the palette", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    const { page, url } = w;
    await page.goto(url);
    await checkFile(page, "people.csv", csv);
    await page.getByRole("button", { name: "Import 3 rows" }).click();
    await page.getByRole("link", { name: "See the records" }).click();
    await page.getByText("3 people", { exact: true }).waitFor();
    await page.goto(`${url}/enrichments/new`);
    await findEmail(page, "work-email", "2");
    await page.getByRole("button", { name: /^Buy up to/ }).click();
    await page.getByText("paused · limit reached").first().waitFor();
  });
  afterAll(() => w?.stop());

  it("tells persons of one name apart, and goes to the one", async () => {
    const { page } = w;
    await page.goto(`${w.url}/settings`);
    const lines = await search(page, "lovelace");
    await lines.filter({ hasText: "Countess · acme2.example" }).waitFor();
    await lines.filter({ hasText: "Engineer · acme1.example" }).click();
    await page.getByRole("complementary", { name: "Record" }).getByText("acme1.example").first().waitFor();
  });

  it("has what is typed before it is there, and no other has it", async () => {
    const { page } = w;
    await page.goto(`${w.url}/people`);
    await page.getByRole("gridcell", { name: "Countess" }).click();
    let come = () => {};
    const may = new Promise<void>((resolve) => {
      come = resolve;
    });
    await page.route("**/assets/Palette-*.js", async (route) => {
      await may;
      await route.continue();
    });
    const asked = page.waitForRequest("**/assets/Palette-*.js");
    await page.keyboard.press("Control+k");
    await asked;
    await page.keyboard.type("lovelaze");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("ce");
    come();
    const typed = page.getByRole("combobox", { name: /^Search pages/ });
    await typed.waitFor();
    await page.getByRole("option").filter({ hasText: "Countess · acme2.example" }).waitFor();
    expect(await typed.inputValue()).toBe("lovelace");
    await page.keyboard.press("Escape");
    await typed.waitFor({ state: "hidden" });
    expect(await page.getByRole("gridcell", { name: "Countess" }).count()).toBe(1);
  });

  it("raises a limit: the price stands there before anything is spent", async () => {
    const { page } = w;
    await page.goto(w.url);
    const before = (await books(w)).billed_calls;
    const lines = await search(page, "raise limit");
    await lines.filter({ hasText: "2 of 2 credits spent" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Credits" }).fill("10");
    const raise = page.getByRole("button", { name: "Raise and resume" });
    await raise.waitFor();
    expect((await books(w)).billed_calls).toBe(before);
    await raise.click();
    await page.getByRole("tab", { name: "Overview" }).click();
    await page.getByText("3 of 3 rows done").waitFor();
    expect((await books(w)).billed_calls).toBe(before + 1);
  });

  it("pauses from any page, and has the last ones first", async () => {
    const { page } = w;
    await page.goto(`${w.url}/people`);
    await page.getByRole("grid").waitFor();
    await search(page, "pause work");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Pause work-email?" }).getByRole("button", { name: "Pause it" }).click();
    await page.getByText("work-email is paused. Nothing is in flight.").waitFor();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const lines = await search(page, "");
    expect(await lines.first().textContent()).not.toContain("Data Hub");
    await page.keyboard.press("Escape");
    await search(page, "point work");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Point work-email at another audience" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    expect(new URL(page.url()).pathname).toBe("/people"); // the page is where it was
  });

  it("shows the keys in the grid too, where a letter begins a value", async () => {
    const { page } = w;
    await page.goto(`${w.url}/people`);
    await page.getByRole("grid").locator("[data-row='0'] [data-col='0']").click();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.getByRole("grid").getByRole("textbox").count()).toBe(0);
  });
});

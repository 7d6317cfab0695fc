import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { asText, checkFile, condition, go, people, written } from "./walk";

describe.skipIf(!ready)("an audience", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
    await checkFile(w.page, "people.csv", people(1, 600));
    await w.page.getByRole("button", { name: "Import 600 rows" }).click();
    await w.page.getByRole("link", { name: "See the records" }).click();
    await w.page.getByText("600 people", { exact: true }).waitFor();
    await checkFile(w.page, "companies.csv", "Name,Domain,Industry\nSeventh,acme7.example,Fintech\n", "Companies");
    await w.page.getByRole("button", { name: "Import 1 row" }).click();
    await w.page.getByRole("link", { name: "See the records" }).waitFor();
  });
  afterAll(() => w?.stop());

  const cel = 'title.contains("engineer") && (location == "Berlin" || company.industry == "Fintech")';

  async function newAudience(name: string) {
    await go(w.page, "Audiences");
    await w.page.getByRole("link", { name: "New audience" }).first().click();
    await w.page.getByRole("textbox", { name: "Name" }).fill(name);
  }

  async function save(name: string) {
    await w.page.getByRole("button", { name: "Save audience" }).click();
    await w.page.getByRole("heading", { name }).waitFor();
    await w.page.getByText("301 people").waitFor();
  }

  it("is built by clicks, and the expression is written beside it", async () => {
    const { page } = w;
    await newAudience("by-clicks");
    await page.getByRole("button", { name: "Condition" }).click();
    await condition(page, 0, "Title", "contains", "engineer");
    await page.getByText("501 of 600 people").waitFor();
    await page.getByRole("button", { name: "Group" }).click();
    await condition(page, 1, "Location", "is", "Berlin");
    await condition(page, 2, "Company Industry", "is", "Fintech");
    await page.getByText("301 of 600 people").waitFor();
    await (await asText(page)).waitFor();
    expect(await written(page)).toBe(cel);
    await save("by-clicks");
  });

  it("is written as text, and the conditions are shown beside it", async () => {
    const { page } = w;
    await newAudience("by-text");
    const text = await asText(page);
    await text.pressSequentially("title.con");
    await page.getByRole("option", { name: "contains(text)" }).click();
    await text.pressSequentially("engineer");
    await text.press("Escape"); // the values that are offered
    await text.press("End");
    await text.pressSequentially(' && (location == "Ber');
    await page.getByRole("option", { name: /^Berlin\s*399$/ }).click();
    await text.press("ArrowRight"); // out of the quotes
    await text.pressSequentially(' || company.industry == "Fintech")');
    await page.getByText("301 of 600 people").waitFor();
    expect(await written(page)).toBe(cel);
    const values = page.locator("input[aria-label=Value]");
    expect(await values.evaluateAll((all) => all.map((v) => (v as HTMLInputElement).value))).toEqual([
      "engineer",
      "Berlin",
      "Fintech",
    ]);
    await save("by-text");
    await go(page, "Audiences");
    const words = "Title contains engineer and (Location is Berlin or Company: Industry is Fintech)";
    await page.getByRole("row", { name: `by-clicks ${words} 301` }).waitFor();
    await page.getByRole("row", { name: `by-text ${words} 301` }).waitFor();
  });

  it("offers the values that records have, and the one that was meant", async () => {
    const { page } = w;
    await newAudience("meant");
    await page.getByRole("button", { name: "Condition" }).click();
    await condition(page, 0, "Location", "is");
    const value = page.getByRole("combobox", { name: "Value", exact: true });
    await value.click();
    await page
      .getByRole("option")
      .filter({ hasText: /^Berlin\s*399$/ })
      .waitFor();
    await page
      .getByRole("option")
      .filter({ hasText: /^Hamburg\s*201$/ })
      .waitFor();
    await value.fill("bERlin");
    await value.blur();
    await page.getByText("0 of 600 people").waitFor();
    await page.getByRole("button", { name: "Berlin (399)" }).click();
    await page.getByText("399 of 600 people").waitFor();
    await page
      .getByRole("region", { name: "Some who are in" })
      .getByText(/^Ada Number/)
      .first()
      .waitFor();
  });

  it("shows who would fall out before it is saved", async () => {
    const { page } = w;
    await page.goto(`${w.url}/audiences/by-text?tab=filter`);
    await page.getByText("301 of 600 people").waitFor();
    expect(await page.getByRole("region", { name: "Fall out" }).count()).toBe(0);
    await page.getByRole("button", { name: "Remove the group" }).click();
    await page.getByRole("region", { name: "Come in" }).getByText("Come in · 200").waitFor();
    await page.locator("input[aria-label=Value]").fill("seller");
    await page.getByRole("region", { name: "Fall out" }).getByText("Fall out · 301").waitFor();
    await page.getByRole("region", { name: "Come in" }).getByText("Come in · 99").waitFor();
  });

  it("says of one person by name whether they are in, and which condition decides", async () => {
    const { page } = w;
    await newAudience("why-not");
    await (await asText(page)).fill(`${cel} && !(name == "Ada Number3")`);
    await page.getByRole("button", { name: "Is somebody in it?" }).click();
    const person = page.getByRole("combobox", { name: "Person" });
    const ask = async (name: string) => {
      await person.click();
      await person.fill(name);
      await page.getByRole("option", { name: new RegExp(`^${name} ·`) }).click();
    };
    await ask("Ada Number3");
    const why = page.getByText(/^Not in, because of:$/).locator("..");
    await why.getByText('name == "Ada Number3"').first().waitFor();
    expect(await why.getByText("title.contains").count()).toBe(0);
    // It follows what is written.
    await (await asText(page)).fill('title.contains("engineer")');
    await page.getByText(/^In, because of what holds:$/).waitFor();
  });

  it("is a plain field where the code of the editor does not come", async () => {
    const { page } = w;
    await page.route(/CodeText/, (r) => r.abort());
    await page.reload(); // the code that is there already is forgotten
    await newAudience("plain");
    await (await asText(page)).fill('title.contains("engineer")');
    await page.getByText("501 of 600 people").waitFor();
    expect(await page.locator(".cm-editor").count()).toBe(0);
    await page.unroute(/CodeText/);
  });

  it("says where an expression is wrong, and is not saved", async () => {
    const { page } = w;
    await page.reload();
    await newAudience("wrong");
    await (await asText(page)).fill('location == "Berlin" &&\n  titel == "CTO"');
    const fault = page.getByRole("alert");
    await fault.getByText("titel").first().waitFor();
    // The mark is under the word.
    expect(await fault.locator("pre").textContent()).toBe('  titel == "CTO"\n  ^');
    const text = page.getByRole("textbox", { name: "Expression" });
    await text.locator(".cm-wrong").getByText("titel", { exact: true }).waitFor();
    expect(await text.getAttribute("aria-invalid")).toBe("true");
    // Tab leaves the text.
    await text.press("Tab");
    expect(await text.evaluate((el) => el.contains(document.activeElement))).toBe(false);
    await fault.getByText(/title/).first().waitFor();
    await page.getByText("Not counted").waitFor();
    await page.getByRole("button", { name: "Save audience" }).click();
    await page.getByRole("alert").nth(1).waitFor();
    await go(page, "Audiences");
    await page.getByRole("link", { name: "by-text" }).waitFor();
    expect(await page.getByRole("link", { name: "wrong" }).count()).toBe(0);
  });
});

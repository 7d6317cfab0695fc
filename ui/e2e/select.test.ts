import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";
import { audienceOf, checkFile, counted, findEmail, go, people } from "./walk";

describe.skipIf(!ready)("rows are selected, and something is done to all of them", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    await w.page.goto(w.url);
    await checkFile(w.page, "people.csv", people(1, 120));
    await w.page.getByRole("button", { name: "Import 120 rows" }).click();
    await w.page.getByRole("link", { name: "See the records" }).click();
    await counted(w.page, 120);
  });
  afterAll(() => w?.stop());

  const box = (row: number) => w.page.getByRole("checkbox", { name: `Select row ${row}`, exact: true });
  const selected = (text: string) => w.page.getByRole("toolbar", { name: "Selected records" }).getByText(text);
  const said = (text: string) => w.page.getByText(text, { exact: true }).first().waitFor();
  const holds = async (where: string) => {
    const url = `${w.url}/api/v1/records/count?entity=people&where=${encodeURIComponent(where)}`;
    return (await (await fetch(url)).json()).count;
  };

  it("picks by a click, a range, a key, and all but some", async () => {
    const { page } = w;
    await box(1).click();
    await selected("1 person selected").waitFor();
    await box(20).click({ modifiers: ["Shift"] });
    await selected("20 people selected").waitFor();
    await page.locator('[data-row="20"] [data-field="title"]').click();
    await page.keyboard.press("Shift+Space");
    await selected("21 people selected").waitFor();
    await page.getByRole("checkbox", { name: "Select all rows" }).click();
    await selected("120 people selected").waitFor();
    await box(3).click();
    await selected("119 people selected").waitFor();
    await page.keyboard.press("Escape");
    await selected("people selected").waitFor({ state: "hidden" });
  });

  it("edits a field of all but one, by numbers, and takes it back", async () => {
    const { page } = w;
    await page.getByRole("checkbox", { name: "Select all rows" }).click();
    await box(3).click();
    await page.getByRole("button", { name: "Edit a field…" }).click();
    await page.getByRole("combobox", { name: "Field" }).click();
    await page.keyboard.type("titl"); // the list clears, and filters
    await page.getByRole("option", { name: "Title", exact: true }).click();
    await page.getByRole("textbox", { name: "Value" }).fill("Captain");
    await page.getByText("119 values change.").waitFor();
    await page.getByRole("button", { name: "Change 119 values" }).click();
    await said("Title of 119 people changed. Ctrl Z takes it back.");
    expect(await holds('title == "Captain"')).toBe(119);
    await go(page, "Credits");
    await page.keyboard.press("Control+z");
    await said("Taken back: “Title of 119 people changed”.");
    expect(await holds('title == "Captain"')).toBe(0);
  });

  it("deletes an audience's members, which empties it, and brings them back", async () => {
    const { page } = w;
    await audienceOf(page, "engineers", "Title", "contains", "engineer");
    await page.getByRole("button", { name: "Save audience" }).click();
    await page.getByRole("heading", { name: "engineers" }).waitFor();
    await page.getByRole("checkbox", { name: "Select all rows" }).click();
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("dialog").getByText("Delete 120 people?").waitFor();
    await page.keyboard.press("Enter"); // keeps everything
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await holds("")).toBe(120);
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete 120 people" }).click();
    await said("120 people deleted. Ctrl Z takes it back.");
    expect(await holds("")).toBe(0);
    await page.keyboard.press("Control+z"); // the grid is gone: its undo is not
    await said("Taken back: “120 people deleted”.");
    await box(1).waitFor();
    expect(await holds('title == "Engineer"')).toBe(120);
  });

  it("selects 20 rows and enriches them, and nobody else", async () => {
    const { page } = w;
    await go(page, "People");
    await box(1).click();
    await box(20).click({ modifiers: ["Shift"] });
    await page.getByRole("button", { name: "Enrich…" }).click();
    await page.getByRole("textbox", { name: "Name for these records" }).fill("Dinner in Ulm");
    await page.getByRole("button", { name: "Go on to the enrichment" }).click();
    await findEmail(page, "dinner-email", "100");
    await page.getByRole("button", { name: "Run on 10 first" }).click();
    await page.getByText("10 of 10 rows found, for 10 credits").waitFor();
    await page.getByRole("button", { name: /^Buy up to 10 emails, at most 10 credits/ }).click();
    await page.getByText("20 of 20 rows done").waitFor();
    expect(await books(w)).toMatchObject({ billed_calls: 20, repeats: 0 });
    expect(await holds('"Dinner in Ulm" in lists')).toBe(20);
  });

  it("runs one cell from its menu, after its price, and brings an older value back by keys", async () => {
    const { page } = w;
    await go(page, "People");
    const cell = (row: number, field: string) => page.locator(`[data-row="${row}"] [data-field="${field}"]`);
    await cell(0, "email").filter({ hasText: "@" }).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Run dinner-email for this cell…" }).click();
    await page.getByText("It was asked before: this asks again, and may be billed again.").waitFor();
    await page.getByRole("button", { name: "Run 1 row, at most 1 credit" }).click();
    await page.getByText("dinner-email asks for it now.").waitFor();
    await expect.poll(async () => (await books(w)).billed_calls).toBe(21);
    await cell(4, "title").click();
    await page.keyboard.type("Admiral");
    await page.keyboard.press("Enter");
    await cell(4, "title").filter({ hasText: "Admiral" }).click();
    await page.keyboard.press("Shift+F10");
    await page.getByRole("menuitem", { name: "Restore “Engineer”" }).click();
    await said("Title of Ada Number5 restored. Ctrl Z takes it back.");
    await cell(4, "title").filter({ hasText: "Engineer" }).waitFor();
    await page.getByRole("img", { name: "dinner-email: live, up to date" }).waitFor();
    await page.getByRole("columnheader", { name: "Phone" }).getByRole("button").click();
    await page.getByRole("menuitem", { name: "Only gaps" }).click();
    await page.getByText("120 match").waitFor();
    await page.getByRole("button", { name: "Filter · 1" }).waitFor();
  });

  it("buys just the selected in an enrichment that is paused, by their price, and it stays paused", async () => {
    const { page } = w;
    await page.goto(`${w.url}/people`);
    await box(21).click();
    await page.getByRole("button", { name: "Add to a list…" }).click();
    await page.getByRole("combobox", { name: "List" }).fill("Dinner in Ulm");
    await fetch(`${w.url}/api/v1/enrichments/dinner-email/pause`, { method: "POST" }); // before it enters
    await page.getByRole("button", { name: "Add 1 person" }).click();
    await said("1 person added to Dinner in Ulm. Ctrl Z takes it back.");
    for (const row of [20, 21, 22]) await box(row).click();
    await page.locator('[data-row="20"] [data-field="title"]').click({ button: "right" });
    await page.getByRole("menuitem", { name: "Enrich the 3 selected…" }).click();
    const dialog = page.getByRole("dialog", { name: "Enrich 3 people" });
    await dialog.getByText("1 record is not in its audience").waitFor();
    await dialog.getByText("dinner-email stays paused.").waitFor();
    expect((await books(w)).billed_calls).toBe(21);
    await dialog.getByRole("button", { name: "Run 1 row, at most 1 credit (US$0.01)" }).click();
    await page.getByText("dinner-email stays paused: these rows run by themselves").waitFor();
    await page.locator('[data-row="20"] [data-field="email"]').filter({ hasText: "@" }).waitFor();
    expect(await books(w)).toMatchObject({ billed_calls: 22, repeats: 1 });
    const { state } = await (await fetch(`${w.url}/api/v1/enrichments/dinner-email`)).json();
    expect(state).toBe("paused");
  });

  it("keeps the selected from being enriched, and merges two", async () => {
    const { page } = w;
    await go(page, "People");
    await box(1).click();
    await box(2).click();
    await page.getByRole("button", { name: "More for the selected" }).click();
    await page.getByRole("menuitem", { name: "Keep from being enriched…" }).click();
    await page.getByRole("button", { name: "Keep 2 people out" }).click();
    await page.getByText("2 people kept from being enriched").first().waitFor();
    await box(1).click();
    await box(2).click();
    await page.getByRole("button", { name: "More for the selected" }).click();
    await page.getByRole("menuitem", { name: "Merge two…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Merge", exact: true }).click();
    await page.getByText(/made part of \d+\. Ctrl Z takes it back\./).waitFor();
    expect(await holds("")).toBe(119);
    await page.keyboard.press("Control+z");
    await page.getByText(/^Taken back: “\d+ made part of/).waitFor();
    expect(await holds("")).toBe(120);
  });
});

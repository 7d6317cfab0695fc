import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, go, people } from "./walk";

describe.skipIf(!ready)("the grid is a spreadsheet", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: w.url });
    await w.page.goto(w.url);
    await checkFile(w.page, "people.csv", people(1, 600));
    await w.page.getByRole("button", { name: "Import 600 rows" }).click();
    await w.page.getByRole("link", { name: "See the records" }).click();
    await go(w.page, "People");
    await w.page.getByText("600 people").waitFor();
    await cell(1, "name").filter({ hasText: "Ada Number1" }).waitFor();
  }, 30_000);
  afterAll(() => w?.stop());

  const cell = (row: number, column: string) =>
    w.page
      .locator(`[role=row][aria-rowindex="${row + 1}"] [role=gridcell]`)
      .and(w.page.locator(`[data-field="${column}"]`));
  const shown = (row: number, column: string, text: string) =>
    cell(row, column)
      .filter({ hasText: new RegExp(`^${text}$`) })
      .waitFor();
  const said = (text: string) => w.page.getByText(text, { exact: true }).first().waitFor();
  /** What the server holds, in the order of creation. */
  const held = async (row: number, field: string) => {
    const url = `/api/v1/records?entity=people&limit=1&offset=${row - 1}&fields=${field}`;
    const page = await w.page.evaluate(async (u) => (await fetch(u)).json(), url);
    return page.items[0].values[field];
  };

  it("edits by typing, and goes on below", async () => {
    const { page } = w;
    await cell(1, "title").click();
    await page.keyboard.type("Captain");
    await page.keyboard.press("Enter");
    await shown(1, "title", "Captain");
    await page.keyboard.type("Mate");
    await page.keyboard.press("Enter");
    await shown(2, "title", "Mate");
    expect([await held(1, "title"), await held(2, "title")]).toEqual(["Captain", "Mate"]);
  });

  it("pastes a block as one step, takes it back and does it again", async () => {
    const { page } = w;
    await cell(1, "title").click();
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Control+c");
    await said("Copied 2 × 1.");
    await cell(4, "title").click();
    for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Control+v");
    await said("4 cells pasted. Ctrl Z takes it back.");
    await shown(7, "title", "Mate");
    expect([await held(4, "title"), await held(6, "title"), await held(7, "title")]).toEqual([
      "Captain",
      "Captain",
      "Mate",
    ]);
    const before = await held(8, "title");
    await page.keyboard.press("Control+z");
    await said("Taken back: “Title pasted”.");
    await shown(7, "title", before);
    await page.keyboard.press("Control+Shift+z");
    await said("Done again: “Title pasted”.");
    await shown(7, "title", "Mate");
    expect(await held(5, "title")).toBe("Mate");
  });

  it("fills down, clears, and brings a cleared cell back", async () => {
    const { page } = w;
    await cell(1, "location").click();
    await page.keyboard.type("Ulm");
    await page.keyboard.press("Enter");
    await shown(1, "location", "Ulm");
    await cell(1, "location").click();
    for (let i = 0; i < 9; i++) await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Control+d");
    await said("9 cells filled down. Ctrl Z takes it back.");
    await shown(10, "location", "Ulm");
    await cell(10, "location").click();
    await page.keyboard.press("Delete");
    await said("One cell cleared. Ctrl Z takes it back.");
    await shown(10, "location", "");
    expect(await held(10, "location")).toBeUndefined();
    await page.keyboard.press("Control+z");
    await shown(10, "location", "Ulm");
    expect(await held(10, "location")).toBe("Ulm");
  });

  it("says of one edit that it can be taken back, by a button that outlives the page", async () => {
    const { page } = w;
    const before = await held(20, "title");
    await cell(20, "title").click();
    await page.keyboard.type("Admiral");
    await page.keyboard.press("Enter");
    await said("One cell edited. Ctrl Z takes it back.");
    await go(page, "Companies");
    await page.getByRole("button", { name: "Undo: Title edited" }).click();
    await said("Taken back: “Title edited”.");
    await go(page, "People");
    await shown(20, "title", before);
    expect(await held(20, "title")).toBe(before);
  });

  it("refuses a value that the field cannot hold, and changes nothing", async () => {
    const { page } = w;
    const name = await held(2, "name");
    await page.evaluate((long) => navigator.clipboard.writeText(`One\t${long}`), "x".repeat(70_000));
    await cell(2, "name").click();
    await page.keyboard.press("Control+v");
    await said("Not saved");
    expect(await held(2, "name")).toBe(name);
  });

  it("asks by numbers before many cells are cleared, and brings them back after the page was left", async () => {
    const { page } = w;
    const titles = await Promise.all([1, 300, 600].map((row) => held(row, "title")));
    const clearAll = async () => {
      await page.getByRole("grid").press("Control+ArrowUp");
      await cell(1, "title").click();
      await page.keyboard.press("Control+Shift+ArrowDown");
      await page.keyboard.press("Delete");
      await page.getByRole("dialog").getByText("Clear 600 cells of 600 records?").waitFor();
    };
    await clearAll();
    await page.keyboard.press("Enter"); // the third keystroke keeps everything
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await held(300, "title")).toBe(titles[1]);
    await clearAll();
    await page.getByRole("button", { name: "Clear 600 cells" }).click();
    await said("600 cells cleared. Ctrl Z takes it back.");
    expect(await held(300, "title")).toBeUndefined();
    await page.reload();
    await go(page, "Credits"); // ⌘Z holds where no grid is
    await page.keyboard.press("Control+z");
    await said("Taken back: “Title cleared”.");
    await go(page, "People");
    await cell(1, "name").filter({ hasText: "Ada Number1" }).waitFor();
    expect(await Promise.all([1, 300, 600].map((row) => held(row, "title")))).toEqual(titles);
  });

  it("moves by keys to the edges and to a row", async () => {
    const { page } = w;
    await cell(1, "title").click();
    await page.keyboard.press("Control+ArrowDown");
    await page.locator('[data-row="599"] [data-field="title"][data-active]').waitFor();
    await page.keyboard.press("Control+g");
    await page.getByLabel("Go to row").fill("250");
    await page.keyboard.press("Enter");
    await page.locator('[data-row="249"] [data-active]').waitFor();
    await page.keyboard.press("Control+ArrowUp");
    await page.locator('[data-row="0"] [data-active]').waitFor();
    await page.keyboard.press("Control+ArrowLeft");
    await page.locator('[data-row="0"] [data-col="0"][data-active]').waitFor();
  });
});

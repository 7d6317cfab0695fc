import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, condition, counted, people } from "./walk";

describe.skipIf(!ready)("a view is saved, and comes back", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
    await checkFile(w.page, "people.csv", people(190, 210));
    await w.page.getByRole("button", { name: "Import 21 rows" }).click();
    await w.page.getByRole("link", { name: "See the records" }).click();
    await counted(w.page, 21);
  });
  afterAll(() => w?.stop());

  const view = (name: string) => w.page.getByRole("button", { name: `View: ${name}`, exact: true });
  const noView = () => w.page.getByRole("button", { name: "Views", exact: true });
  const head = (name: string) => w.page.getByRole("columnheader", { name });
  const first = (text: string) => w.page.locator('[data-row="0"] [data-field="name"]').filter({ hasText: text });
  const menu = (name: string | RegExp) => w.page.getByRole("menuitem", { name });

  it("keeps the filter, the order and the columns, for everybody", async () => {
    const { page } = w;
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByRole("combobox", { name: "Field" }).first().waitFor();
    await condition(page, 0, "Location", "is", "Berlin");
    await page.getByText("9 match").waitFor();
    await page.keyboard.press("Escape");
    await head("Name").getByRole("button").click();
    await menu("Sort descending").click();
    await first("Ada Number210").waitFor();
    await page.getByRole("button", { name: /^Columns/ }).click();
    await page.getByRole("textbox", { name: "Find a column" }).fill("phon");
    await page.getByRole("checkbox", { name: "Phone" }).uncheck();
    await page.keyboard.press("Escape");
    await head("Phone").waitFor({ state: "hidden" });
    await noView().click();
    await menu("Save what is shown as a view…").click();
    await page.getByRole("textbox", { name: "Name" }).fill("People of Berlin");
    await page.getByRole("checkbox", { name: /For everybody/ }).check();
    await page.getByRole("button", { name: "Save the view" }).click();
    await view("People of Berlin").waitFor();
  });

  it("is left, and brought back from its address alone, in another browser", async () => {
    const { page } = w;
    const id = new URL(page.url()).searchParams.get("view");
    await view("People of Berlin").click();
    await menu("Everything, without a view").click();
    await noView().waitFor();
    await first("Ada Number190").waitFor();
    const other = await (await w.browser.newContext({ viewport: { width: 1360, height: 900 } })).newPage();
    await other.goto(`${w.url}/people?view=${id}`);
    await other.getByText("9 match").waitFor();
    await other.locator('[data-row="0"] [data-field="name"]').filter({ hasText: "Ada Number210" }).waitFor();
    expect(await other.getByRole("columnheader", { name: "Phone" }).count()).toBe(0);
    await other.context().close();
  });

  it("says that it was changed, keeps the change when asked, and goes", async () => {
    const { page } = w;
    await noView().click();
    await menu("People of Berlin").click();
    await first("Ada Number210").waitFor();
    await head("Name").getByRole("button").click();
    await menu("Sort ascending").click();
    await first("Ada Number202").waitFor();
    await view("People of Berlin *, changed").click();
    await menu("Save the changes to People of Berlin").click();
    await view("People of Berlin").click();
    await menu("Rename or share People of Berlin…").click();
    await page.getByRole("textbox", { name: "Name" }).fill("Berliners");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await view("Berliners").click();
    await menu("Delete Berliners…").click();
    await page.getByRole("button", { name: "Delete the view" }).click();
    await noView().waitFor();
    await first("Ada Number190").waitFor();
    await page.getByText("21 people", { exact: true }).waitFor();
  });
});

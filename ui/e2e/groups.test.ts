import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, counted, people } from "./walk";

describe.skipIf(!ready)("rows are put together by a field", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
    await checkFile(w.page, "people.csv", people(190, 250));
    await w.page.getByRole("button", { name: "Import 61 rows" }).click();
    await w.page.getByRole("link", { name: "See the records" }).click();
    await counted(w.page, 61);
  });
  afterAll(() => w?.stop());

  const head = (name: string, expanded?: boolean) => w.page.getByRole("button", { name, exact: true, expanded });
  const rows = () => w.page.getByRole("grid").getAttribute("aria-rowcount");
  const selected = (text: string) => w.page.getByRole("toolbar", { name: "Selected records" }).getByText(text);

  it("counts each value, opens one by keys, and what is picked is of it alone", async () => {
    const { page } = w;
    await page.getByRole("columnheader", { name: "Location" }).getByRole("button").click();
    await page.getByRole("menuitem", { name: "Group by this field" }).click();
    await head("Berlin 49", false).waitFor();
    await head("Hamburg 12", false).focus();
    expect(await page.getByRole("grid").count()).toBe(0); // no row is read
    await page.keyboard.press("Home");
    expect(await head("Berlin 49").evaluate((e) => e === document.activeElement)).toBe(true);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await head("Hamburg 12", true).waitFor();
    await page.locator('[data-row="0"] [data-field="name"]').filter({ hasText: "Ada Number190" }).waitFor();
    await expect.poll(rows).toBe("13");
    await page.getByRole("checkbox", { name: "Select all rows" }).click();
    await selected("12 people selected").waitFor();
    await head("Berlin 49").click();
    await expect.poll(rows).toBe("50");
    await selected("people selected").waitFor({ state: "hidden" });
    await head("Berlin 49").press("ArrowLeft");
    await page.getByRole("grid").waitFor({ state: "hidden" });
  });

  it("keeps the groups in the address and in a view, and the filter with them", async () => {
    const { page } = w;
    await head("Hamburg 12").click();
    await expect.poll(rows).toBe("13");
    await page.reload();
    await head("Hamburg 12", true).waitFor();
    await expect.poll(rows).toBe("13");
    await page.getByRole("textbox", { name: "Search" }).fill("Number19");
    await head("Hamburg 10", true).waitFor();
    await expect.poll(rows).toBe("11");
    await page.getByRole("button", { name: "Views", exact: true }).click();
    await page.getByRole("menuitem", { name: "Save what is shown as a view…" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("By place");
    await page.getByRole("button", { name: "Save the view" }).click();
    await page.getByRole("button", { name: "View: By place", exact: true }).waitFor();
    const id = new URL(page.url()).searchParams.get("view");
    await page.goto(`${w.url}/people?view=${id}`);
    await head("Hamburg 10", false).waitFor();
    await page.getByRole("button", { name: "By Location" }).click();
    await page.getByText("Filled or blank", { exact: true }).click();
    await head("Has a value 10").waitFor();
    await page.getByRole("button", { name: "Do not group" }).click();
    await expect.poll(rows).toBe("11");
  });
});

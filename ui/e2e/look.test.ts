import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, counted, findEmail, go, people } from "./walk";

describe.skipIf(!ready)("columns say how they fill, rows are higher, cells are tinted", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    await w.page.goto(w.url);
    await checkFile(w.page, "people.csv", people(190, 210));
    await w.page.getByRole("button", { name: "Import 21 rows" }).click();
    await w.page.getByRole("link", { name: "Enrich them" }).click();
    await findEmail(w.page, "work-email", "5");
    await w.page.getByRole("button", { name: /^Buy up to/ }).click();
    await w.page.getByText("limit reached").first().waitFor();
    await counted(w.page, 21);
  });
  afterAll(() => w?.stop());

  const head = (name: string) => w.page.getByRole("columnheader", { name });
  const item = (name: string) => w.page.getByRole("menuitem", { name, exact: true });
  const cell = (row: number, field: string) => w.page.locator(`[data-row="${row}"] [data-field="${field}"]`);
  const height = async () => (await cell(0, "name").boundingBox())?.height;

  it("leads from a column that stopped at its limit to the limit, and pauses it where it runs", async () => {
    const { page } = w;
    await page.getByRole("img", { name: "work-email: limit reached, 16 left" }).waitFor();
    const held = page.locator('[data-field="email"]').filter({ hasText: "waits: limit reached" }).first();
    await held.locator("[data-tip]").hover();
    await page.getByRole("tooltip").getByText("It is asked once the limit is raised.").waitFor();
    await head("Email").getByRole("button").focus();
    await page.getByRole("tooltip").getByText("work-email: limit reached, 16 left").waitFor();
    await head("Email").getByRole("button").click();
    await item("Raise the limit").click();
    await page.getByRole("tab", { name: "Limit", selected: true }).waitFor();
    await fetch(`${w.url}/api/v1/enrichments/work-email/limit`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ credits: "100" }),
    });
    await go(page, "People");
    await page.getByRole("img", { name: "work-email: paused, 16 left" }).waitFor();
    await head("Email").getByRole("button").click();
    await item("See the price and resume").click();
    await page.getByRole("button", { name: /^Buy up to 16 emails, at most 16 credits/ }).click();
    await page.getByText("21 of 21 rows done").waitFor();
    await go(page, "People");
    await page.getByRole("img", { name: "work-email: live, up to date" }).waitFor();
    await head("Email").getByRole("button").click();
    await item("Pause…").click();
    await page.getByRole("button", { name: "Pause it" }).click();
    await page.getByRole("img", { name: "work-email: paused" }).waitFor();
  });

  it("keeps higher rows and tints in a view, and tells of a tint without its colour", async () => {
    const { page } = w;
    expect(await height()).toBe(31);
    await page.getByRole("button", { name: "Look", exact: true }).click();
    await page.getByText("Tall", { exact: true }).click();
    await expect.poll(height).toBe(85);
    await page.getByRole("button", { name: "Colour", exact: true }).click();
    const rule = page.getByRole("group", { name: "Colour 1" });
    await rule.getByRole("combobox", { name: "Field" }).click();
    await page.keyboard.type("locat");
    await page.getByRole("option", { name: "Location", exact: true }).click();
    await rule.getByRole("combobox", { name: "Condition" }).selectOption("contains");
    await rule.getByRole("textbox", { name: "Value" }).fill("berl");
    await rule.getByRole("combobox", { name: "Tint" }).selectOption("green");
    await page.keyboard.press("Escape");
    const berlin = cell(15, "location");
    await page.locator('[data-tint="green"]').first().waitFor();
    expect(await cell(0, "location").getAttribute("data-tint")).toBeNull();
    await page.getByRole("grid").focus();
    for (let i = 0; i < 15; i++) await page.keyboard.press("ArrowDown");
    expect(await berlin.getAttribute("aria-description")).toBe("Green: Location contains berl");
    expect(await berlin.evaluate((e) => getComputedStyle(e, "::before").content)).toContain("✚");
    await page.getByRole("button", { name: "Views", exact: true }).click();
    await page.getByRole("menuitem", { name: "Save what is shown as a view…" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Berliners");
    await page.getByRole("button", { name: "Save the view" }).click();
    await page.getByRole("button", { name: "View: Berliners", exact: true }).click();
    const id = new URL(page.url()).searchParams.get("view");
    await page.getByRole("menuitem", { name: "Everything, without a view" }).click();
    await page
      .getByRole("button", { name: "Look", exact: true })
      .or(page.getByRole("button", { name: "Look · 1" }))
      .waitFor();
    await page.goto(`${w.url}/people?view=${id}`);
    await page.locator('[data-tint="green"]').first().waitFor();
    await expect.poll(height).toBe(85);
  });
});

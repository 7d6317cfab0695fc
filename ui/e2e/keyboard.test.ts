import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";

const csv = `External ID,Name,Title,Company domain\n${Array.from(
  { length: 20 },
  (_, i) => `p${i},Ada Number${i},${i < 15 ? "Engineer" : "Seller"},acme${i}.example`,
).join("\n")}\n`;

/** Goes by Tab until something has the keyboard. */
async function reach(page: Page, to: Locator): Promise<void> {
  await to.first().waitFor();
  for (let i = 0; i < 150; i++) {
    if (await to.first().evaluate((el) => el === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`not reached by Tab: ${to}`);
}

async function press(page: Page, to: Locator, key = "Enter") {
  await reach(page, to);
  await page.keyboard.press(key);
}

async function type(page: Page, to: Locator, text: string) {
  await reach(page, to);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

/** G and a letter: to a page. What holds the keyboard there would take the letters. */
async function jump(page: Page, letter: string) {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press("g");
  await page.keyboard.press(letter);
}

describe.skipIf(!ready)("the lesson, by the keyboard alone:", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    await w.page.goto(w.url);
    await w.page.getByRole("main").getByRole("heading").first().waitFor();
  });
  afterAll(() => w?.stop());

  it("a file is imported", async () => {
    const { page } = w;
    await jump(page, "i");
    const asked = page.waitForEvent("filechooser");
    await press(page, page.getByRole("button", { name: "Choose a file" }));
    await (await asked).setFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await press(page, page.getByRole("button", { name: "Next: how records match" }));
    await press(page, page.getByRole("button", { name: "Check the file" }));
    await press(page, page.getByRole("button", { name: "Import 20 rows" }));
    await press(page, page.getByRole("link", { name: "See the records" }));
    await page.getByText("20 people", { exact: true }).waitFor();
  });

  it("an audience is built", async () => {
    const { page } = w;
    await jump(page, "a");
    await press(page, page.getByRole("link", { name: "New audience" }));
    await type(page, page.getByRole("textbox", { name: "Name" }), "engineers");
    await press(page, page.getByRole("button", { name: "Condition", exact: true }));
    const field = page.getByRole("combobox", { name: "Field" });
    await reach(page, field);
    const chosen = await field.getAttribute("placeholder");
    await page.keyboard.type("no such field");
    await page.keyboard.press("Enter"); // takes nothing
    await page.keyboard.press("Tab");
    await page.getByText(`Nothing matches “no such field”: ${chosen} stays.`).waitFor();
    await page.keyboard.press("Shift+Tab");
    for (const [typed, taken] of [
      ["comp", "Company domain"], // Enter takes the first that begins so
      ["titl", "Title"],
      ["Title", "Title"], // what is chosen already stays chosen
      ["name", "Name"], // not First name
      ["Title", "Title"],
    ] as const) {
      await page.keyboard.type(typed);
      await page.keyboard.press("Enter");
      await page.waitForFunction(
        (label) => (document.activeElement as HTMLInputElement | null)?.value === label,
        taken,
      );
    }
    await type(page, page.getByRole("combobox", { name: "Value", exact: true }), "engineer");
    await page.getByText("15 of 20 people").waitFor();
    await press(page, page.getByRole("button", { name: "Save audience" }));
    await page.getByRole("heading", { name: "engineers" }).waitFor();
  });

  it("an enrichment is written and pointed at it", async () => {
    const { page } = w;
    await press(page, page.getByRole("link", { name: "Enrich it" }));
    await type(page, page.getByRole("textbox", { name: "Name", exact: true }), "work-email");
    await press(page, page.getByRole("button", { name: "Choose a provider" }));
    const choice = page
      .getByRole("group", { name: "Simulated provider" })
      .getByRole("menuitem", { name: /^Find work email at most/ });
    await choice.waitFor();
    for (let i = 0; i < 60 && !(await choice.evaluate((el) => el === document.activeElement)); i++)
      await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await type(page, page.getByRole("textbox", { name: "Credits" }), "12");
    await press(page, page.getByRole("button", { name: "Save, then try 10 rows" }));
  });

  it("ten rows are tried, the rest is bought up to the limit, which is raised", async () => {
    const { page } = w;
    await press(page, page.getByRole("button", { name: "Run on 10 first" }));
    await page.getByText(/of 10 rows found, for/).waitFor();
    await press(page, page.getByRole("button", { name: /^Buy up to/ }));
    await page.getByText("paused · limit reached").first().waitFor();
    expect((await books(w)).billed_calls).toBe(12);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /^Search pages/ }).waitFor();
    await page.keyboard.type("raise limit");
    await page.getByRole("option", { name: /^Raise the limit of work-email/ }).waitFor();
    await page.keyboard.press("Enter");
    await type(page, page.getByRole("textbox", { name: "Credits" }), "50");
    const raised = page.waitForResponse((r) => r.url().endsWith("/work-email/limit"));
    await press(page, page.getByRole("button", { name: "Raise and resume" }));
    expect(await (await raised).json()).toMatchObject({ state: "live", limit: { credits: "50" } });
    await page.goto(`${w.url}/enrichments/work-email?tab=overview`);
    await page.getByText("15 of 15 rows done").waitFor();
    const { billed_calls, repeats } = await books(w);
    expect({ billed_calls, repeats }).toEqual({ billed_calls: 15, repeats: 0 });
  });

  it.each([
    ["/", "Data Hub: All people"],
    ["/people", "People"],
    ["/audiences/engineers?tab=filter", "engineers"],
    ["/enrichments/work-email?tab=limit", "work-email"],
    ["/enrichments/work-email?tab=rows", "work-email"],
    ["/credits", "Credits"],
    ["/import", "Import"],
    ["/settings", "Settings"],
  ])("a screen reader is told of %s", async (path, title) => {
    const { page } = w;
    await page.goto(w.url + path);
    await page.getByRole("main").getByRole("heading", { level: 1 }).waitFor();
    await page.waitForFunction(() => document.querySelector(".mantine-Skeleton-root, [aria-busy=true]") === null);
    const tree = await spoken(page);
    const of = (role: string) => tree.filter((n) => n.role === role);
    expect(of("main").length).toBe(1);
    expect(of("navigation").map((n) => n.name)).toContain("Main");
    expect(
      of("heading")
        .filter((n) => n.level === 1)
        .map((n) => n.name.startsWith(title)),
    ).toEqual([true]);
    const nameless = tree.filter((n) => operated.has(n.role) && n.name === "");
    expect(nameless).toEqual([]);
    for (const grid of of("grid")) expect(grid.name).not.toBe("");
  });

  it("a screen reader is told what a dialog is, and where one is in it", async () => {
    const { page } = w;
    await page.goto(`${w.url}/people`);
    await press(page, page.getByRole("button", { name: "New person" }));
    await page.getByRole("dialog").waitFor();
    await page.waitForFunction(() => document.activeElement?.closest("[role=dialog]") !== null);
    const told = (await spoken(page)).filter((n) => n.role === "dialog" || (n.focused && n.role !== "RootWebArea"));
    expect(told).toEqual([
      expect.objectContaining({ role: "dialog", name: "New person" }),
      expect.objectContaining({ role: "textbox", name: "Name" }),
    ]);
    await page.keyboard.press("Escape");
  });
});

/** What one acts on: it must have a name. */
const operated = new Set([
  "button",
  "checkbox",
  "combobox",
  "link",
  "menuitem",
  "radio",
  "searchbox",
  "spinbutton",
  "switch",
  "tab",
  "textbox",
]);

type Spoken = { role: string; name: string; level?: number; focused?: boolean };

/** The page as Chromium gives it to a screen reader. */
async function spoken(page: Page): Promise<Spoken[]> {
  const cdp = await page.context().newCDPSession(page);
  const { nodes } = await cdp.send("Accessibility.getFullAXTree");
  await cdp.detach();
  return nodes
    .filter((n) => !n.ignored)
    .map((n) => ({
      role: String(n.role?.value ?? ""),
      name: String(n.name?.value ?? ""),
      level: n.properties?.find((p) => p.name === "level")?.value.value as number | undefined,
      focused: n.properties?.find((p) => p.name === "focused")?.value.value === true || undefined,
    }));
}

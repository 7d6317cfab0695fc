import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { go } from "./walk";

describe.skipIf(!ready)("labels", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
  });
  afterAll(() => w?.stop());

  it("names an audience freely, renames it, and finds it by both", async () => {
    const { page } = w;
    await go(page, "Audiences");
    await page.getByRole("link", { name: "New audience" }).first().click();
    const name = page.getByRole("textbox", { name: "Name" });
    await name.pressSequentially("House Democrats (DC)");
    expect(await name.inputValue()).toBe("House Democrats (DC)");
    await page.getByRole("button", { name: "Save audience" }).click();
    await page.getByRole("heading", { name: "House Democrats (DC)" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/audiences/house-democrats-dc");
    await page.getByRole("button", { name: "Rename House Democrats (DC)" }).click();
    await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("Democrats 2027");
    await page.getByRole("dialog").getByRole("button", { name: "Rename", exact: true }).click();
    await page.getByRole("heading", { name: "Democrats 2027" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/audiences/house-democrats-dc");
    await go(page, "Audiences");
    await page.getByRole("link", { name: "Democrats 2027" }).waitFor();
    for (const typed of ["democrats 2027", "house-democrats"]) {
      await page.keyboard.press("ControlOrMeta+k");
      await page.getByRole("combobox").fill(typed);
      await page.getByRole("option", { name: /^Democrats 2027/ }).waitFor();
      await page.keyboard.press("Escape");
    }
  });

  it("renames an enrichment, whose address stays", async () => {
    const { page } = w;
    const made = await fetch(`${w.url}/api/v1/enrichments`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        label: "Work e-mail",
        audience: ["all-people"],
        steps: [{ provider: "formula", formula: { line: "name" } }],
        outputs: { line: "title" },
        limit: { credits: "5" },
      }),
    });
    expect(await made.json()).toMatchObject({ name: "work-e-mail", label: "Work e-mail" });
    await page.goto(`${w.url}/enrichments/work-e-mail`);
    await page.getByRole("button", { name: "Rename Work e-mail" }).click();
    await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("Büro 📧");
    await page.getByRole("dialog").getByRole("button", { name: "Rename", exact: true }).click();
    await page.getByRole("heading", { name: "Büro 📧", level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/enrichments/work-e-mail");
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete Büro 📧?" }).waitFor();
    await page.keyboard.press("Escape");
    await go(page, "Enrichments");
    await page.getByRole("link", { name: "Büro 📧" }).waitFor();
  });

  it("names the workspace, which every page, tab and the sign-in then show", async () => {
    const { page } = w;
    await go(page, "Settings");
    await page.getByRole("textbox", { name: "Name of this workspace" }).fill("Acme GTM");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("navigation", { name: "Main" }).getByText("Acme GTM").waitFor();
    await page.waitForFunction(() => document.title === "Settings · Acme GTM");
    await page.goto(`${w.url}/sign-in`);
    await page.getByText("Fettle · Acme GTM").waitFor();
  });
});

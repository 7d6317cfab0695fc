import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";

describe.skipIf(!ready)("the editor of an enrichment", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    const answer = await fetch(`${w.url}/api/v1/people`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ records: [{ external_id: "a", name: "Ada Li", title: "CTO" }], source: "csv" }),
    });
    expect(answer.status).toBe(200);
    await w.page.goto(`${w.url}/enrichments/new`);
  });
  afterAll(() => w?.stop());

  it("asks before what was typed is left", async () => {
    const { page } = w;
    await page.getByRole("textbox", { name: "Name" }).fill("Half");
    await page.getByRole("link", { name: "Providers" }).click();
    await page.getByRole("dialog", { name: "Leave without saving?" }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(await page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("Half");
  });

  it("says what is wrong at the field where it is wrong, and goes there", async () => {
    const { page } = w;
    const save = page.getByRole("button", { name: "Save, then try 10 rows" });
    await page.getByRole("textbox", { name: "Name" }).fill("Line");
    await page.getByRole("button", { name: "Choose a provider" }).click();
    await page
      .getByRole("group", { name: /formula/i })
      .getByRole("menuitem")
      .click();
    await page.getByText(/^Still needed: .*a formula/).waitFor();
    await page.getByRole("textbox", { name: "Expression of value" }).fill("nmae");
    await page.getByRole("textbox", { name: "Ask this step only if" }).fill('title == "CTO"');
    await page.getByRole("combobox", { name: "Field for value" }).click();
    await page.getByRole("option", { name: "Location" }).click();
    await page.getByRole("textbox", { name: "Credits" }).fill("5");
    await save.click();
    const expression = page.getByRole("textbox", { name: "Expression of value" });
    await page.getByText('Line 1, column 1: people have no field "nmae". Did you mean name?').waitFor();
    const box = page.getByRole("alert").filter({ hasText: "nmae" });
    await expect.poll(() => box.count()).toBeGreaterThan(0);
    expect(await expression.getAttribute("aria-invalid")).toBe("true");
    await expect.poll(() => expression.evaluate((e) => e === document.activeElement)).toBe(true);

    await expression.fill("name");
    expect(await expression.getAttribute("aria-invalid")).not.toBe("true");
    expect(await box.count()).toBe(0); // what was refused is another text by now

    // A result that is renamed keeps its field.
    await page.getByRole("textbox", { name: "Output name" }).fill("other");
    await page.getByRole("combobox", { name: "Field for other" }).waitFor();
    await page.getByRole("textbox", { name: "Output name" }).fill("value");
    await page.getByRole("combobox", { name: "Field for value" }).waitFor();
    await page.getByRole("textbox", { name: "Ask this step only if" }).fill('titel == "CTO"');
    await save.click();
    const when = page.getByRole("textbox", { name: "Ask this step only if" });
    await page.getByText('Line 1, column 1: people have no field "titel". Did you mean title?').waitFor();
    await expect.poll(() => when.evaluate((e) => e === document.activeElement)).toBe(true);
    await when.fill('title == "CTO"');
    await save.click();
    await page.getByRole("heading", { name: "Line" }).waitFor();
  });

  it("begins a provider's definition, shows what is wrong beside its lines, tests its examples, and adds it", async () => {
    const { page } = w;
    await page.getByRole("link", { name: "Providers" }).click();
    await page.getByRole("button", { name: "Add a provider" }).click();
    await page.getByRole("textbox", { name: "The vendor’s name" }).fill("Finder & Co.");
    await page.getByRole("textbox", { name: "Address of its API" }).fill("https://api.finder.example");
    await page.getByRole("button", { name: "Begin the definition" }).click();
    const text = page.getByRole("textbox", { name: "Definition" });
    const right = await text.inputValue();
    await text.fill(right.replace("is: throttled}", "is: throttle}").replace("estimate:", "estimat:"));
    await page.getByRole("button", { name: "Add it" }).click();
    const found = page.getByRole("status", { name: "What was found" });
    await found.getByText("2 errors, nothing was tested.").waitFor();
    await found.getByRole("button", { name: /^Line/ }).first().click();
    expect(await text.evaluate((e: HTMLTextAreaElement) => e.value.slice(e.selectionStart, e.selectionEnd))).toContain(
      "is: throttle}",
    );
    await text.fill(right);
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await found.getByText(/^It holds together: 5 examples tested\. \d+ lines to look up\.$/).waitFor();
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByRole("button", { name: "Finder & Co. not connected", expanded: true }).waitFor();

    await page.getByRole("link", { name: "Its definition" }).click();
    await page.getByRole("button", { name: "Take it away" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take it away" }).click();
    await page.getByRole("button", { name: /^Hunter/ }).waitFor();
    await expect.poll(() => page.getByRole("button", { name: /^Finder/ }).count()).toBe(0);
  });
});

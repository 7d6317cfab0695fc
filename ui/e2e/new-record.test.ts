import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";
import { findEmail, go } from "./walk";

describe.skipIf(!ready)("a new person or company", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms", "--hit-rate", "1"]);
  });
  afterAll(() => w?.stop());

  /** The form, with what is typed into it. */
  async function type(values: Record<string, string>, title = "New person") {
    const form = w.page.getByRole("dialog", { name: title });
    for (const [label, value] of Object.entries(values))
      await form.getByRole("textbox", { name: label, exact: true }).fill(value);
    return form;
  }
  const panel = () => w.page.getByRole("complementary", { name: "Record" });

  it("is added by a key in an empty workspace, and opens", async () => {
    const { page } = w;
    await page.goto(`${w.url}/people`);
    await page.getByRole("heading", { name: "No people yet" }).waitFor();
    await page.keyboard.press("n");
    const form = await type({ Name: "Ada Lovelace", Email: "ada at acme" });
    expect(await form.getByRole("textbox", { name: "Name", exact: true }).inputValue()).toBe("Ada Lovelace");
    await form.getByRole("button", { name: "Add person" }).click();
    await form.getByText("it has not the format of type email").waitFor();
    expect(await page.getByRole("heading", { name: "No people yet" }).count()).toBe(1);

    await type({ Email: "ada@acme.example" });
    await form.getByRole("button", { name: "Add person" }).click();
    await panel().getByRole("heading", { name: "Ada Lovelace" }).waitFor();
    await page.getByText("1 person", { exact: true }).waitFor();
    await panel().getByText("by hand, local").first().waitFor();
  });

  it("is not made twice: its blanks are filled, what it holds stays, and both are named", async () => {
    const { page } = w;
    await page.goto(w.url);
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /^Search pages/ }).fill("new person");
    await page.keyboard.press("Enter");
    const form = await type({ Name: "A. Byron", Email: "ADA@acme.example", Title: "Analyst" });
    await form.getByRole("button", { name: "Add person" }).click();
    await form.getByText("This is Ada Lovelace already.").waitFor();
    await form.getByText("Filled: Title.").waitFor();
    await form.getByText("Left as it was: Name.").waitFor();
    await form.getByRole("button", { name: "Open Ada Lovelace" }).click();
    await panel().getByText("Analyst").waitFor();
    await page.getByText("1 person", { exact: true }).waitFor();
  });

  it("is a company as well", async () => {
    const { page } = w;
    await go(page, "Companies");
    await page.getByRole("button", { name: "New company" }).click();
    const form = await type({ Name: "Acme", Domain: "acme.example" }, "New company");
    await form.getByRole("button", { name: "Add company" }).click();
    await panel().getByRole("heading", { name: "Acme" }).waitFor();
    await page.getByText("1 company", { exact: true }).waitFor();
  });

  it("asks before a live enrichment would buy for it, and writes nothing without an answer", async () => {
    const { page } = w;
    await go(page, "People");
    await page.keyboard.press("n");
    const form = await type({ Name: "Grace Hopper", "Company domain": "navy.example" });
    await form.getByRole("button", { name: "Add person" }).click();
    await panel().getByRole("heading", { name: "Grace Hopper" }).waitFor();
    await page.goto(`${w.url}/enrichments/new`);
    await findEmail(page, "work-email", "5");
    await page.getByRole("button", { name: /^Buy up to 1 email, at most 1 credit/ }).click();
    await page.getByText("2 of 2 rows done").waitFor();
    expect(await books(w)).toMatchObject({ billed_calls: 1 });

    await go(page, "People");
    await page.getByText("2 people", { exact: true }).waitFor();
    await page.getByRole("button", { name: "New person" }).click();
    await type({ Name: "Alan Turing", "Company domain": "bletchley.example" });
    await form.getByRole("button", { name: "Add person" }).click();
    const asked = page.getByRole("dialog", { name: "This would spend" });
    await asked.getByRole("row", { name: "work-email 1 1 1 credit (US$0.01)" }).waitFor();
    await asked.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("2 people", { exact: true }).waitFor();
    await form.getByRole("button", { name: "Add person" }).click();
    await asked.getByRole("button", { name: "Add it and let them buy" }).click();
    await panel().getByRole("heading", { name: "Alan Turing" }).waitFor();
    await go(page, "Enrichments");
    await page.getByRole("link", { name: "work-email" }).click();
    await page.getByText("3 of 3 rows done").waitFor();
    expect(await books(w)).toMatchObject({ billed_calls: 2, repeats: 0 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { go } from "./walk";

const stages = ["Lead", "Customer", "Lead", "Won"];
const rows = Array.from(
  { length: 1240 },
  (_, i) =>
    `P${i},Person ${i},p${i}@acme${i}.example,${stages[i % 4]},${["news", "news;jobs", "jobs"][i % 3]},"$${(i % 900) + 1},000.50",${i < 1230 ? i : "about 7"}`,
);
const csv = `External ID,Name,Email,Lifecycle Stage,Topics,Deal size,Score\n${rows.join("\n")}\n`;

describe.skipIf(!ready)("the types of new fields", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
  });
  afterAll(() => w?.stop());

  const typeOf = (column: string) => w.page.getByRole("combobox", { name: `Type of ${column}` });

  it("are guessed, amounts with their currency, and can be changed", async () => {
    const { page } = w;
    await go(page, "Import");
    const asked = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Choose a file" }).click();
    await (await asked).setFiles({ name: "crm.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await typeOf("Topics").waitFor();
    expect(await typeOf("Lifecycle Stage").inputValue()).toBe("One of a list");
    expect(await typeOf("Topics").inputValue()).toBe("Several of a list");
    expect(await typeOf("Deal size").inputValue()).toBe("Amount of money");
    expect(await typeOf("Score").inputValue()).toBe("Number");
    const currency = page.getByRole("textbox", { name: "Currency of Deal size" });
    expect(await currency.inputValue()).toBe("USD");
    const next = page.getByRole("button", { name: "Next: how records match" });
    await currency.fill("");
    expect(await next.isDisabled()).toBe(true);
    await currency.fill("cad");
    await next.click();
    await page.getByRole("button", { name: "Check the file" }).click();
  });

  it("give way where later rows hold something else, so that no value is lost", async () => {
    const { page } = w;
    await page.getByText("Score becomes Text, not Number").waitFor();
    await page.getByText("1,240would be created").waitFor();
    expect(await page.getByRole("heading", { name: /set aside/ }).count()).toBe(0);
    await page.getByRole("button", { name: "Import 1,240 rows" }).click();
    await page.getByText("1,240created").waitFor();
    const fields: { field: string; type: string; currency?: string; options?: string[] }[] = (
      await (await fetch(`${w.url}/api/v1/fields?entity=people`)).json()
    ).items;
    const made = (key: string) => fields.find((f) => f.field === key);
    expect(made("lifecycle_stage")).toMatchObject({ type: "select", options: ["Lead", "Customer", "Won"] });
    expect(made("topics")).toMatchObject({ type: "multi_select", options: ["news", "jobs"] });
    expect(made("deal_size")).toMatchObject({ type: "currency", currency: "CAD" });
    expect(made("score")).toMatchObject({ type: "text" });
  });

  it("are shown before a column that was left out is brought in", async () => {
    const { page } = w;
    const text = "External ID,Topics\nP0,events\nP1,jobs\n";
    const query = "entity=people&file=more.csv&source=csv:external-id&map=Topics%3D";
    const answer = await fetch(`${w.url}/api/v1/imports?${query}`, {
      method: "POST",
      headers: { "Content-Type": "text/csv" },
      body: text,
    });
    const { id, unmapped } = await answer.json();
    expect(unmapped).toEqual(["Topics"]);
    await page.goto(`${w.url}/import?id=${id}`);
    await page.getByRole("combobox", { name: "Field of Topics" }).click();
    await page.getByRole("option", { name: "Topics", exact: true }).click();
    await page.getByRole("button", { name: "Bring 1 column in" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("row", { name: /topics news events$/ }).waitFor();
    await dialog.getByText("topics does not know: events (1)").waitFor();
    await dialog.getByRole("button", { name: "Bring it in" }).click();
    await page.getByText("2updated").waitFor();
  });
});

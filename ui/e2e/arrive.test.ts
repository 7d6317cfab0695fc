import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";
import { go } from "./walk";

const headings =
  "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Last Activity Date,Lead Status,Marketing contact status,Create Date,Job Title,Company Name,Website URL,City,State/Region,Country/Region,Industry,Number of Employees,Annual Revenue,Lifecycle Stage,LinkedIn URL,Time Zone,Original Traffic Source,Unsubscribed,hs_lead_score";

/** An export of contacts as a CRM makes it, of 25 columns: every fourth contact has an email. */
function contacts(n: number): string {
  const lines = [headings];
  for (let i = 1; i <= n; i++)
    lines.push(
      [
        `${51000 + i},Ada,Number${i},${i % 4 === 0 ? `ada@acme${i}.example` : ""},+49 30 55501${String(i).padStart(2, "0")},Mia Boss`,
        `2026-0${1 + (i % 9)}-11 10:15,Open,Marketing contact,2025-11-0${1 + (i % 9)},Engineer,Acme ${i},https://www.acme${i}.example,Berlin`,
        `Berlin,Germany,Software,${i * 10},"${i},500.50",Lead,https://www.linkedin.com/in/ada-number-${i},europe/berlin,Organic Search,${i % 2 === 0},${i}`,
      ].join(","),
    );
  return `${lines.join("\n")}\n`;
}

describe.skipIf(!ready)("an export of a CRM", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms", "--hit-rate", "1"]);
    await w.page.goto(w.url);
  });
  afterAll(() => w?.stop());

  async function choose() {
    const { page } = w;
    await go(page, "Import");
    const asked = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Choose a file" }).click();
    await (await asked).setFiles({ name: "contacts.csv", mimeType: "text/csv", buffer: Buffer.from(contacts(60)) });
  }

  it("leaves no column out, each with a type that can be changed", async () => {
    const { page } = w;
    await choose();
    await page.getByText(/^All 25 columns will be imported, 1\d of them in new fields\./).waitFor();
    const type = (column: string) => page.getByRole("combobox", { name: `Type of ${column}`, exact: true });
    expect(await type("Annual Revenue").inputValue()).toBe("Number");
    expect(await type("Create Date").inputValue()).toBe("Date");
    expect(await type("Last Activity Date").inputValue()).toBe("Date and time");
    expect(await type("Unsubscribed").inputValue()).toBe("Yes or no");
    expect(await type("Country/Region").inputValue()).toBe("Country");
    await type("Annual Revenue").click();
    await page.getByRole("option", { name: "Text", exact: true }).click();
    expect(await page.getByRole("combobox", { name: "Field of hs_lead_score" }).inputValue()).toBe(
      "New field: Hs lead score",
    );
    await page.getByRole("button", { name: "Next: how records match" }).click();
    await page.getByRole("button", { name: "Check the file" }).click();
    await page.getByRole("heading", { name: "All 25 columns would arrive" }).waitFor();
    await page.getByRole("button", { name: "Import 60 rows" }).click();
    await page.getByRole("heading", { name: "All 25 columns have arrived" }).waitFor();
    await page.getByRole("row", { name: /^Annual Revenue Annual Revenue 60 60\b/ }).waitFor();
    await page.getByRole("row", { name: /^Email Email 15 15\b/ }).waitFor();
  });

  it("leads to a first enrichment", async () => {
    const { page } = w;
    await page.getByRole("link", { name: "Enrich them" }).click();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("work-email");
    await page.getByRole("button", { name: "Choose a provider" }).click();
    await page
      .getByRole("group", { name: "Simulated provider" })
      .getByRole("menuitem", { name: /^Find work email at most/ })
      .click();
    await page.getByRole("textbox", { name: "Credits" }).fill("100");
    await page.getByRole("button", { name: "Save, then try 10 rows" }).click();
    await page.getByRole("button", { name: /^Buy up to 45 emails/ }).click();
    await page.getByText("60 of 60 rows done").waitFor();
    expect(await books(w)).toMatchObject({ billed_calls: 45, repeats: 0 });
  });

  it("is taken back, but for what was bought", async () => {
    const { page } = w;
    await go(page, "Import");
    await page.getByRole("link", { name: "contacts.csv" }).click();
    await page.getByRole("button", { name: "Take it back" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("15 records would be deleted").waitFor();
    await dialog.getByText(/^45 records reduced to what was bought \(45 values\)/).waitFor();
    await dialog.getByRole("button", { name: "Take it back" }).click();
    await page.getByText("undone", { exact: true }).waitFor();
    await page.getByText("15 records deleted").waitFor();
    await go(page, "People");
    await page.getByText("No people yet").waitFor();
  });

  it("comes back, and nothing is bought twice", async () => {
    const { page } = w;
    await choose();
    await page.getByRole("button", { name: "Next: how records match" }).click();
    await page.getByRole("button", { name: "Check the file" }).click();
    await page.getByRole("button", { name: "Import 60 rows" }).click();
    await page.getByText("60created").waitFor();
    await go(page, "People");
    await page.getByText("60 people", { exact: true }).waitFor();
    await page.getByRole("gridcell", { name: "ada.number1@acme1.example" }).waitFor(); // bought before
    expect(await books(w)).toMatchObject({ billed_calls: 45, repeats: 0 });
  });
});

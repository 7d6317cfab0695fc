import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, counted, go } from "./walk";

const before = `External ID,Name,Title
c1,Ann Lee,Engineer
c2,Bob Ray,Owner
`;
const after = `External ID,Name,Title
c1,Ann Lee,CTO
c3,Cid Roe,CFO
`;

describe.skipIf(!ready)("an import taken back, and done again", () => {
  let w: World;
  let went: number;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
  });
  afterAll(() => w?.stop());

  it("lists nothing at first", async () => {
    await go(w.page, "Undo");
    await w.page.getByRole("heading", { name: "Nothing changed yet" }).waitFor();
  });

  it("shows what taking it back would come to, and takes it back", async () => {
    const { page } = w;
    for (const text of [before, after]) {
      await checkFile(page, "crm.csv", text);
      await page.getByRole("button", { name: /^Import \d rows/ }).click();
      await page.getByText(/\dcreated/).waitFor();
    }
    await counted(page, 3);
    const found = await fetch(`${w.url}/api/v1/records?entity=people&search=Cid`);
    went = (await found.json()).items[0].id;
    await go(page, "Undo");
    await page.getByRole("button", { name: "Take back: import of crm.csv" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("1 value will be restored, 1 record will be deleted.").waitFor();
    await dialog.getByRole("button", { name: "Take it back" }).click();
    await page.getByRole("status").getByText("Taken back: 1 value restored, 1 record deleted.").waitFor();
    await page.getByRole("status").getByRole("button", { name: "Do it again" }).waitFor();
    await counted(page, 2);
  });

  it("says of a record that went how it went, with the way back", async () => {
    const { page } = w;
    await page.goto(`${w.url}/people?record=${went}`);
    await page.getByText("This record is gone").waitFor();
    await page.getByText(/taken away by .*: undo of import of crm\.csv\./).waitFor();
    await page.getByRole("button", { name: "Take it back…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/1 record will be brought back/).waitFor();
    // Somebody writes meanwhile: the page asks for the record again, and the question stays.
    const asked = page.waitForResponse((r) => r.url().endsWith(`/records/${went}`));
    const sent = await fetch(`${w.url}/api/v1/companies`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ source: "crm", records: [{ domain: "acme.example", name: "Acme" }], confirm: true }),
    });
    expect(sent.ok).toBe(true);
    await asked;
    await dialog.getByRole("button", { name: "Cancel" }).click();
  });

  it("does it again", async () => {
    const { page } = w;
    await go(page, "Undo");
    await page.getByRole("button", { name: "Do it again: import of crm.csv" }).first().click();
    await page
      .getByRole("dialog")
      .getByText(/1 record will be brought back/)
      .waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Do it again" }).click();
    await page.getByRole("status").waitFor();
    await counted(page, 3);
    await page.goto(`${w.url}/people?record=${went}`);
    await page.getByRole("heading", { name: "Cid Roe" }).waitFor();
  });

  it("asks for some, and the address keeps it", async () => {
    const { page } = w;
    await go(page, "Undo");
    const rows = page.getByRole("row", { name: /import of crm/i });
    await rows.first().waitFor();
    await page.getByRole("combobox", { name: "Kind" }).click();
    await page.getByRole("option", { name: "Imports" }).click();
    await page.waitForURL(/kind=import/);
    await page.getByLabel("To").fill("2020-01-01");
    await page.getByRole("heading", { name: "No matching changes" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "No matching changes" }).waitFor();
    await page.getByRole("button", { name: "Show all changes" }).click();
    await rows.first().waitFor();
    await page
      .getByRole("button", { name: /^Only by / })
      .first()
      .click();
    await page.waitForURL(/by=/);
    await rows.first().waitFor();
    await page.getByRole("combobox", { name: "By", exact: true }).fill("nobody");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "No matching changes" }).waitFor();
  });
});

describe.skipIf(!ready)("the Data Hub as of a day", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
    await checkFile(w.page, "crm.csv", before);
    await w.page.getByRole("button", { name: /^Import \d rows/ }).click();
    await w.page.getByText(/\dcreated/).waitFor();
  });
  afterAll(() => w?.stop());

  it("tells fill rates at the end of a day beside now, at an address, and refuses what nobody knows", async () => {
    const { page } = w;
    await page.goto(w.url);
    const day = page.getByLabel("As of the end of a day (UTC)");
    const today = new Date().toISOString().slice(0, 10);
    await day.fill(today);
    await page.getByText(`At the end of ${today} (UTC) there were 2 people; now there are 2.`).waitFor();
    const row = page.getByRole("row", { name: /^Title/ });
    await row.getByText("100%").nth(1).waitFor();
    await page.reload();
    await row.getByText("100%").nth(1).waitFor();
    await day.fill("2020-01-31");
    await page
      .getByRole("alert")
      .getByText(/2020-01-31|history/)
      .first()
      .waitFor();
    await day.fill(today);
    await page.getByRole("button", { name: "Back to now" }).click();
    await page.getByText("Blank because").waitFor();
    await day.focus();
    await page.keyboard.type("01312020"); // digit by digit: the first of the year makes it 0002
    await page.waitForURL(/day=2020-01-31/);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, go, people } from "./walk";

const rule = {
  entity: "people",
  type: "job_change",
  detect: "changes",
  settle: "never",
  when: "changed(title)",
  from: { title: "before.title", company: "before.company_domain" },
  to: { title: "title", company: "company_domain" },
  companion: { name: "job-changers", within: "30d" },
};

describe.skipIf(!ready)("signals", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
  });
  afterAll(() => w?.stop());

  const edit = async (from: string, to: string) => {
    const { page } = w;
    await go(page, "People");
    const row = page.getByRole("row").filter({ hasText: "Ada Number1" }).first();
    await row.getByRole("gridcell", { name: from, exact: true }).dblclick();
    await page.getByRole("textbox", { name: "Title of Ada Number1" }).fill(to);
    await page.keyboard.press("Enter");
    await row.getByRole("gridcell", { name: to, exact: true }).waitFor();
  };

  it("teach while there is no rule", async () => {
    await go(w.page, "Signals");
    await w.page.getByRole("heading", { name: "Make your first signal rule" }).waitFor();
    await w.page.getByRole("button", { name: "Make this rule" }).click();
    await w.page.getByRole("heading", { name: "Make your first signal rule" }).waitFor({ state: "hidden" });
    const rules = await (await fetch(`${w.url}/api/v1/signal-rules`)).json();
    expect(rules.items).toMatchObject([{ name: "job-change", companion_audience: "job-changers", state: "live" }]);
  });

  it("appear when a title is edited, and open the record", async () => {
    const { page } = w;
    await checkFile(page, "people.csv", people(1, 3));
    await page.getByRole("button", { name: "Import 3 rows" }).click();
    await page.getByRole("link", { name: "See the records" }).waitFor();
    const saved = await fetch(`${w.url}/api/v1/signal-rules/job-change`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(rule),
    });
    expect(saved.status, await saved.text()).toBe(200);
    await edit("Engineer", "Director");
    await go(page, "Signals");
    const row = page.getByRole("row").filter({ hasText: "Engineer at" });
    await row.getByText("Director").waitFor();
    await row.getByText("retitled").waitFor();
    await row.getByRole("button", { name: "Open Ada Number1" }).click();
    const panel = page.getByRole("dialog", { name: "Record" });
    await panel.getByRole("heading", { name: "Ada Number1" }).waitFor();
    await panel.getByRole("button", { name: "Close the record" }).click();
  });

  it("stand in the grid, narrow it, and open what happened to the record", async () => {
    const { page } = w;
    await go(page, "People");
    await page.getByRole("columnheader", { name: "Newest signal" }).waitFor();
    const cell = page.getByRole("gridcell", { name: /retitled: Engineer at .* → Director.*(just now|min ago)/ });
    await cell.waitFor();
    await page.getByRole("button", { name: "Newest signal" }).click();
    await page.getByRole("menuitem", { name: "Signals of the last 30 days" }).click();
    await page.getByText("1 match").waitFor();
    await cell.dblclick();
    const panel = page.getByRole("complementary", { name: "Record" });
    await panel.getByText(/^retitled.*→ Director/).waitFor();
    await panel.getByText(/learned of .* from /).waitFor();
    await panel.getByRole("button", { name: "Close the record" }).click();
    await page.getByRole("button", { name: "Newest signal" }).click();
    await page.getByRole("menuitem", { name: "Hide" }).click();
    await page.getByRole("columnheader", { name: "Newest signal" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: /^Columns/ }).click();
    await page.getByRole("checkbox", { name: "Newest signal" }).check();
    await page.keyboard.press("Escape");
    await cell.waitFor();
  });

  it("are not made by a rule that is paused, and are when it goes on", async () => {
    const { page } = w;
    await go(page, "Signals");
    await page.getByRole("tab", { name: "Rules" }).click();
    const part = page.getByRole("region", { name: "Rule job-change" });
    await part.getByRole("link", { name: "Job changers" }).waitFor();
    await part.getByRole("button", { name: "Pause job-change" }).click();
    await part.getByText("paused", { exact: true }).waitFor();
    await edit("Director", "President");
    await go(page, "Signals");
    await page.getByRole("tab", { name: "Rules" }).click();
    await part.getByText(/^Not read yet [1-9]/).waitFor();
    await part.getByRole("button", { name: "Resume job-change" }).click();
    await part.getByText("live", { exact: true }).waitFor();
    await page.getByRole("tab", { name: "Signals" }).click();
    await page.getByRole("row").filter({ hasText: "Director at" }).filter({ hasText: "President" }).waitFor();
  });

  it("say where sources disagree, which is no signal", async () => {
    const { page } = w;
    const told = async () => (await (await fetch(`${w.url}/api/v1/signals?limit=100`)).json()).items.length;
    const before = await told();
    for (const [source, title] of [
      ["hub", "Analyst"],
      ["crm", "Head of Sales"],
    ]) {
      const sent = await fetch(`${w.url}/api/v1/people`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ source, records: [{ name: "Grace Roe", email: "grace@acme.example", title }] }),
      });
      expect(sent.status, await sent.text()).toBe(200);
    }
    await go(page, "Signals");
    await page.getByRole("tab", { name: "Rules" }).click();
    const row = page
      .getByRole("table", { name: "Disagreements of job-change" })
      .getByRole("row", { name: /^crm title 1/ });
    await row.waitFor();
    expect(await told()).toBe(before);
    await row.getByRole("link").click();
    await page.getByRole("complementary", { name: "Record" }).getByRole("heading", { name: "Grace Roe" }).waitFor();
  });

  it("are retracted when the edit that told of them is taken back", async () => {
    const { page } = w;
    await edit("President", "Chair");
    await go(page, "Signals");
    const row = page.getByRole("row").filter({ hasText: "President at" }).filter({ hasText: "Chair" });
    await row.waitFor();
    await go(page, "Undo");
    await page
      .getByRole("button", { name: /^Take back: edit/ })
      .first()
      .click();
    await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
    await page.getByRole("status").getByRole("button", { name: "Do it again" }).waitFor();
    await go(page, "Signals");
    await row.waitFor({ state: "detached" });
    await page.getByLabel("Retracted too").click();
    await row.getByText("retracted", { exact: true }).waitFor();
    await row.getByRole("button", { name: /^Who told of Ada Number1/ }).click();
    await page
      .getByRole("dialog")
      .getByText(/taken back/)
      .first()
      .waitFor();
  });
});

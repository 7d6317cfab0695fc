import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fragile, fragile } from "./fragile";
import { ready, type World, world } from "./harness";
import { expires, go } from "./walk";

const crm = [
  { external_id: "1", name: "Ann Lee", title: "CTO", email: "ann@acme.example", company_domain: "acme.example" },
  { external_id: "2", name: "Bob Ray", title: "CFO", email: "bob@acme.example", company_domain: "acme.example" },
  { external_id: "3", name: "Cid Roe", title: "Engineer", email: "cid@bolt.example", company_domain: "bolt.example" },
];

/** Has a list say what it knows. */
async function tells(url: string, entity: "people" | "companies", source: string, records: object[]) {
  const sent = await fetch(`${url}/api/v1/${entity}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ source, records, confirm: true }),
  });
  if (!sent.ok) throw new Error(await sent.text());
}

describe.skipIf(!ready)("a record at its own address", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    await tells(w.url, "companies", "crm", [
      { external_id: "c1", name: "Acme", domain: "acme.example" },
      { external_id: "c2", name: "Bolt", domain: "bolt.example" },
    ]);
    await tells(w.url, "people", "crm", crm);
    await w.page.goto(`${w.url}/people`);
    await w.page.getByText("3 people", { exact: true }).waitFor();
  });
  afterAll(() => w?.stop());

  const value = (field: string) => w.page.locator(`[data-field="${field}"]`);
  const heading = (name: string) => w.page.getByRole("heading", { level: 1, name });

  it("opens from the panel, goes on by keys, and comes back to the grid where it was", async () => {
    const { page } = w;
    await page.locator('[data-row="1"] [data-field="title"]').click();
    await page.keyboard.press("Space");
    const link = page.getByRole("link", { name: "Open as page" });
    expect(await link.getAttribute("href")).toMatch(/^\/people\/\d+\?row=2$/);
    await link.click();
    await heading("Bob Ray").waitFor();
    await page.getByText("2 in this list").waitFor();
    await page.keyboard.press("j");
    await heading("Cid Roe").waitFor();
    await page.keyboard.press("k");
    await heading("Bob Ray").waitFor();
    await page.keyboard.press("k");
    await heading("Ann Lee").waitFor();
    await page.getByRole("main").getByRole("link", { name: "People", exact: true }).click();
    await page.getByText("3 people", { exact: true }).waitFor();
    await page.getByRole("grid").focus();
    await page.keyboard.press("Space"); // the row that one came from
    await page.getByRole("complementary", { name: "Record" }).getByRole("heading", { name: "Ann Lee" }).waitFor();
    await page.getByRole("link", { name: "Open as page" }).click();
    await heading("Ann Lee").waitFor();
  });

  it("edits a value, takes it back, and restores it from its history", async () => {
    const { page } = w;
    await page.getByRole("button", { name: "Edit Title" }).focus();
    await page.keyboard.press("e");
    await page.getByRole("textbox", { name: "Title" }).fill("Chief");
    await page.keyboard.press("Enter");
    await value("title").getByText("Chief", { exact: true }).waitFor();
    await value("title")
      .getByText(/^by hand, local/)
      .waitFor();
    await page.keyboard.press("Control+z");
    await value("title").getByText("CTO", { exact: true }).waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("button", { name: "Restore Chief as Title" }).first().click();
    await page.getByRole("tab", { name: "Values" }).click();
    await value("title").getByText("Chief", { exact: true }).waitFor();
    await page.keyboard.press("Control+z");
    await value("title").getByText("CTO", { exact: true }).waitFor();
  });

  it("leads to the company, which leads to its people, and says what they have cost and who knows them", async () => {
    const { page } = w;
    const about = page.getByRole("complementary", { name: "About this record" });
    await about.getByText("Nothing so far.").waitFor();
    await about.getByText("the email ann@acme.example").waitFor();
    await about.getByRole("textbox", { name: "New note" }).fill("Met her in Bonn.");
    await about.getByRole("button", { name: "Add the note" }).click();
    await about.getByText("Met her in Bonn.").waitFor();
    await about.getByRole("link", { name: "Acme", exact: true }).click();
    await heading("Acme").waitFor();
    await about.getByText("People (2)").waitFor();
    await about.getByRole("link", { name: "Bob Ray" }).click();
    await heading("Bob Ray").waitFor();
    await page.goBack();
    await heading("Acme").waitFor();
    await page.goBack();
    await heading("Ann Lee").waitFor();
    await about.getByText("Met her in Bonn.").waitFor();
  });

  it("shows what sources say that disagree; one is chosen, in a second tab as well", async () => {
    const { page } = w;
    const beside = await page.context().newPage();
    await beside.goto(page.url());
    await beside.getByRole("heading", { level: 1, name: "Ann Lee" }).waitFor();
    await tells(w.url, "people", "list", [{ email: "ann@acme.example", title: "CEO" }]);
    for (const p of [page, beside]) {
      await p.bringToFront();
      await p.locator('[data-field="title"]').getByText("Sources disagree. Choose one, or edit the value.").waitFor();
    }
    await beside.close();
    await page.bringToFront();

    await go(page, "Data Hub");
    await page.getByRole("link", { name: "1 of Title disputed" }).click();
    await page.getByText("1 match", { exact: true }).waitFor();
    await page.locator('[data-row="0"] [data-field="title"]').click();
    await page.keyboard.press("Space");
    const panel = page.getByRole("complementary", { name: "Record" });
    const said = panel.getByRole("list", { name: "What sources say of Title" });
    await said.getByText("CEO").waitFor();
    await said.getByRole("button", { name: "Use CTO, by crm" }).click();
    await page.getByText(/The record is not in this list any more/).waitFor();
    await panel.getByRole("button", { name: "What sources say (3)" }).click();
    await panel
      .getByText(/decided since/)
      .first()
      .waitFor();
    await page.keyboard.press("Control+z"); // and it is disputed again
    await panel.getByText("Sources disagree. Choose one, or edit the value.").waitFor();
    await said.getByRole("button", { name: "Keep CEO, by list" }).click();
    await panel.getByText("Sources disagree. Choose one, or edit the value.").waitFor({ state: "hidden" });
    await panel
      .getByText(/^by hand, local/)
      .first()
      .waitFor();
  });

  it("goes on in a list that an edit took the record out of, and leaves the keys of other pages alone", async () => {
    const { page } = w;
    const where = encodeURIComponent('title != "Gone"');
    await page.goto(`${w.url}/people?where=${where}&sort=name`);
    await page.getByText("3 match", { exact: true }).waitFor();
    await page.locator('[data-row="0"] [data-field="title"]').click();
    await page.keyboard.press("Space");
    await page.getByRole("link", { name: "Open as page" }).click();
    await heading("Ann Lee").waitFor();
    await page.getByText("1 in this list").waitFor();
    await page.getByRole("button", { name: "Edit Title" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Gone");
    await page.keyboard.press("Enter");
    await page.getByText(/The record is not in this list any more/).waitFor();
    await page.getByText("1 in this list").waitFor({ state: "hidden" });
    await page.keyboard.press("j");
    await heading("Bob Ray").waitFor();
    await page.getByText("1 in this list").waitFor();

    await page.evaluate(() => {
      const seen = window as unknown as { edits: number };
      seen.edits = 0;
      new MutationObserver(() => {
        seen.edits += document.querySelectorAll("[data-field] form").length;
      }).observe(document, { subtree: true, childList: true });
    });
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.getByRole("heading", { level: 1, name: "Enrichments" }).waitFor();
    expect(await page.evaluate(() => (window as unknown as { edits: number }).edits)).toBe(0);
    await page.goto(`${w.url}/people/ann`);
    await page.getByText("This page doesn’t exist").waitFor();
  });

  it("says of a record that is deleted how it went, and takes it back", async () => {
    const { page } = w;
    await go(page, "People");
    await page.locator('[data-row="2"] [data-field="title"]').click();
    await page.keyboard.press("Space");
    await page.getByRole("link", { name: "Open as page" }).click();
    await heading("Cid Roe").waitFor();
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete the record" }).click();
    await page.getByText("This record is gone").waitFor();
    await page.keyboard.press("Control+z");
    await heading("Cid Roe").waitFor();
  });
});

describe.skipIf(!ready)("a record's page over a server that is killed, and a session that ends", () => {
  let f: Fragile;
  beforeAll(async () => {
    f = await fragile();
    await f.page.goto(f.link());
    await f.page.getByText("local · admin").waitFor();
    await tells(f.url, "people", "crm", crm);
    await go(f.page, "People");
    await f.page.getByText("3 people", { exact: true }).waitFor();
    await f.page.locator('[data-row="0"] [data-field="title"]').click();
    await f.page.keyboard.press("Space");
    await f.page.getByRole("link", { name: "Open as page" }).click();
    await f.page.getByRole("heading", { level: 1, name: "Ann Lee" }).waitFor();
  }, 90_000);
  afterAll(() => f?.end());

  const edit = async (text: string) => {
    await f.page.getByRole("button", { name: "Edit Title" }).focus();
    await f.page.keyboard.press("e");
    await f.page.getByRole("textbox", { name: "Title" }).fill(text);
  };
  const title = (text: string) => f.page.locator('[data-field="title"]').getByText(text, { exact: true });

  it("keeps an edit over a server that is killed and starts again", { timeout: 90_000 }, async () => {
    await edit("Typed before");
    await f.stop("SIGKILL");
    await f.page.keyboard.press("Enter");
    await f.page.getByText("Your change waits.").waitFor();
    await f.start();
    await title("Typed before").waitFor();
  });

  it("keeps an edit over a session that ends", { timeout: 90_000 }, async () => {
    const { page } = f;
    const made = await page.evaluate(
      async () =>
        (
          await fetch("/api/v1/tokens", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ name: "ci", role: "viewer" }),
          })
        ).ok,
    );
    expect(made).toBe(true); // with a token there, everyone has to say who they are
    await edit("Typed signed out");
    await expires(page);
    await page.keyboard.press("Enter");
    const again = page.getByRole("dialog", { name: "Your session has ended" });
    await again.waitFor();
    const beside = await page.context().newPage();
    await beside.goto(f.link());
    await beside.getByText("local · admin").waitFor();
    await page.bringToFront();
    await again.waitFor({ state: "hidden" });
    await title("Typed signed out").waitFor();
  });
});

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstLink, invite, join } from "./accounts";
import { books, ready, type World, world } from "./harness";
import { checkFile, findEmail, go, people } from "./walk";

const person = { name: "Eve Number", company_domain: "acme.example", external_id: "x1" };

/** What spends, makes room to spend, or lets someone: by method, path and body. */
const spending: [string, string, unknown][] = [
  ["POST", "enrichments/work-email/start", { confirm: true }],
  ["POST", "enrichments/work-email/resume", { confirm: true }],
  ["POST", "enrichments/work-email/rerun", { confirm: true }],
  ["POST", "enrichments/work-email/retry", { outcome: "failed", confirm: true }],
  ["PUT", "enrichments/work-email/limit", { credits: "999", resume: true }],
  ["PUT", "limits", { scope: "workspace", none: true }],
  ["POST", "credits/grants", { credits: "5" }],
  ["POST", "unknown/resolve", { action: "retry", all: true }],
  ["PUT", "providers/sandbox/connection", { unit_credits: "0" }],
  ["POST", "tokens", { name: "mine", role: "admin" }],
  ["POST", "users", { email: "friend@acme.example", role: "admin" }],
];

/** What an editor may do and a viewer may not. */
const defining: [string, string, unknown][] = [
  ["POST", "enrichments/work-email/pilot", { rows: 10 }],
  ["POST", "enrichments/work-email/point", { audience: ["all-people"] }],
  ["POST", "enrichments/work-email/reset", {}],
  ["POST", "enrichments/work-email/pause", {}],
  ["DELETE", "enrichments/work-email", undefined],
  ["PUT", "audiences/everybody", { entity: "people", where: "filled(name)", confirm: true }],
  ["POST", "people", { records: [person], confirm: true }],
  ["PATCH", "records/1", { field: "title", value: "CEO" }],
  ["POST", "records/edit", { entity: "people", edits: [{ record: 1, field: "title", value: "CEO" }] }],
  ["POST", "records/delete", { ids: [1], confirm: true }],
];

describe.skipIf(!ready)("roles", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    const { page } = w;
    await page.goto(firstLink(w));
    await page.getByText("local · admin").waitFor();
    await checkFile(page, "people.csv", people(1, 30));
    await page.getByRole("button", { name: "Import 30 rows" }).click();
    await page.getByRole("link", { name: "Enrich them" }).click();
    await findEmail(page, "work-email", "100");
    await page.getByRole("button", { name: /^Buy up to 30 emails/ }).waitFor();
  });
  afterAll(() => w?.stop());

  /** Asks the API as the page's session may, and gives what was not refused for the role. */
  async function allowed(page: Page, list: typeof spending) {
    const answers = await page.evaluate(
      (asks) =>
        Promise.all(
          asks.map(async ([method, path, body]) => {
            const headers = { "Content-Type": "application/json" };
            const answer = await fetch(`/api/v1/${path}`, {
              method,
              headers,
              body: body === undefined ? null : JSON.stringify(body),
            });
            const { code } = await answer.json().catch(() => ({ code: "" }));
            return [method, path, answer.status, code] as const;
          }),
        ),
      list,
    );
    return answers.filter(([, , status, code]) => status !== 403 || code !== "not_allowed");
  }

  /** Sees the price; a button that promises to spend is not there, is off, or is refused with the reason. */
  async function cannotPress(page: Page, name: RegExp, who: string) {
    await page.goto(`${w.url}/enrichments/work-email?tab=start`);
    await page.getByText(/\d+ to buy/).waitFor();
    const button = page.getByRole("main").getByRole("button", { name }).last();
    if ((await button.count()) === 0 || (await button.isDisabled())) return;
    await button.click();
    await page.getByRole("alert").getByText(`${who} may not`).waitFor();
  }

  it("a viewer sees the price, and cannot spend from the page or by the API", async () => {
    const vera = await join(w, await invite(w, "vera@acme.example", "Viewer"));
    await cannotPress(vera, /^Buy up to/, "vera@acme.example");
    await cannotPress(vera, /^Run on 10/, "vera@acme.example");
    expect(await allowed(vera, [...spending, ...defining])).toEqual([]);
    await vera.context().close();
    expect((await books(w)).calls).toBe(0);
  });

  it("nor with a viewer's token", async () => {
    const { page } = w;
    await page.goto(`${w.url}/settings?tab=tokens`);
    await page.getByRole("textbox", { name: "Name", exact: true }).last().fill("reader");
    await page.getByRole("button", { name: "Make a token" }).click();
    const shown = page.getByRole("alert").filter({ hasText: "The token reader, shown this once" });
    const token = await shown.locator("code").textContent();
    for (const [path, status] of [
      ["enrichments/work-email/estimate", 200],
      ["enrichments/work-email/start", 403],
    ] as const) {
      const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
      const answer = await fetch(`${w.url}/api/v1/${path}`, { method: "POST", headers, body: "{}" });
      expect([path, answer.status]).toEqual([path, status]);
    }
    expect((await books(w)).calls).toBe(0);
  });

  it("an editor's token spends if it was made so", async () => {
    const { page } = w;
    for (const [name, role, status] of [
      ["writer", "Editor", 403],
      ["runner", "Editor who may spend", 404],
    ] as const) {
      await page.getByRole("textbox", { name: "Name", exact: true }).last().fill(name);
      await page.getByRole("combobox", { name: "Role", exact: true }).last().click();
      await page.getByRole("option", { name: role, exact: true }).click();
      await page.getByRole("textbox", { name: "Credits at most" }).fill("5");
      await page.getByRole("button", { name: "Make a token" }).click();
      const shown = page.getByRole("alert").filter({ hasText: `The token ${name}, shown this once` });
      const headers = {
        "Content-Type": "application/json",
        Authorization: `Bearer ${await shown.locator("code").textContent()}`,
      };
      const answer = await fetch(`${w.url}/api/v1/enrichments/none/start`, { method: "POST", headers, body: "{}" });
      expect([role, answer.status]).toEqual([role, status]);
      await page.getByRole("row", { name: `${name} ${role} 0 of 5 credits over its whole life` }).waitFor();
    }
  });

  it("an editor tries ten, and cannot start", async () => {
    const ed = await join(w, await invite(w, "ed@acme.example", "Editor"));
    await ed.goto(`${w.url}/enrichments/work-email?tab=start`);
    await ed.getByRole("button", { name: "Run on 10 first" }).click();
    await ed.getByText("10 of 10 rows found, for 10 credits").waitFor();
    await cannotPress(ed, /^Buy up to/, "ed@acme.example");
    expect(await allowed(ed, spending)).toEqual([]);
    await ed.context().close();
    expect((await books(w)).calls).toBe(10);
  });

  it("an admin starts what they could not", async () => {
    const { page } = w;
    await go(page, "Enrichments");
    await page.getByRole("link", { name: "work-email" }).click();
    await page.getByRole("tab", { name: "Try and start" }).click();
    await page.getByRole("button", { name: "Buy up to 20 emails, at most 20 credits (US$0.20)" }).click();
    await page.getByText("30 of 30 rows done").waitFor();
    expect(await books(w)).toMatchObject({ billed_calls: 30, repeats: 0 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";
import { checkFile, counted } from "./walk";

/** The work e-mail of everybody; who has the title Broken is asked for in a way that the provider refuses. */
const email = (name: string, more: object = {}) => ({
  audience: ["all-people"],
  steps: [
    {
      provider: "sandbox/find_email",
      inputs: { full_name: `title == "Broken" ? "${"x".repeat(1001)}" : ${name}`, company_domain: "company_domain" },
    },
  ],
  outputs: { email: "email" },
  follow: true,
  limit: { credits: "100" },
  ...more,
});

describe.skipIf(!ready)("what was bought, asked for again", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    await w.page.goto(w.url);
    const lines = [1, 2, 3].map((i) => `p${i},Ada Number${i},acme${i}.example,Boss`);
    await checkFile(w.page, "people.csv", `External ID,Name,Company domain,Title\n${lines.join("\n")}\n`);
    await w.page.getByRole("button", { name: "Import 3 rows" }).click();
    await w.page.getByRole("link", { name: "Enrich them" }).waitFor();
    await send("PUT", "enrichments/work-email", email("name", { refresh: "30d" }));
    await w.page.goto(`${w.url}/enrichments/work-email?tab=start`);
    await w.page.getByRole("button", { name: /^Buy up to 3/ }).click();
    await w.page.getByText("3 of 3 rows done").waitFor();
  });
  afterAll(() => w?.stop());

  async function send(method: string, path: string, body: object) {
    const answer = await fetch(`${w.url}/api/v1/${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(answer.status, await answer.clone().text()).toBeLessThan(300);
    return answer.json();
  }

  /** A source sends what it says of one person: nobody is asked about so little. */
  const sent = (id: string, values: object) =>
    send("POST", "people", { source: "crm", records: [{ external_id: id, ...values }] });

  /** Waits until so many calls were billed and no row is under way. */
  const billed = (n: number) =>
    expect
      .poll(
        async () => {
          const v = await (await fetch(`${w.url}/api/v1/enrichments/work-email`)).json();
          const open = v.rows.pending + v.rows.running + v.in_flight;
          return { billed: (await books(w)).billed_calls, open };
        },
        { timeout: 30_000 },
      )
      .toEqual({ billed: n, open: 0 });

  it("says when a value is asked for again, and by which call it came", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/work-email?tab=rows&outcome=found`);
    await page.getByRole("link", { name: "Ada Number1" }).click();
    const panel = page.getByRole("complementary", { name: "Record" });
    const inThirtyDays = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    await panel.getByText(`due again ${inThirtyDays}, by work-email`).waitFor();
    await panel.getByRole("button", { name: "Calls and answers" }).click();
    await panel.getByText(/because: start/).waitFor();
  });

  it("tells of a reused row whose purchase it took, and that nothing was paid", async () => {
    const { page } = w;
    await send("PUT", "enrichments/second", email("name", { follow: false }));
    await page.goto(`${w.url}/enrichments/second?tab=start`);
    await page
      .getByRole("button", { name: /^(Buy |Start|Fill)/ })
      .first()
      .click();
    await page.getByRole("tab", { name: "Rows" }).click();
    await page.getByRole("button", { name: "Reused 3" }).click();
    const row = page.getByRole("row", { name: /Ada Number2/ });
    await row.getByRole("cell", { name: "0", exact: true }).waitFor();
    await row.getByRole("link", { name: "Ada Number2" }).click();
    const panel = page.getByRole("complementary", { name: "Record" });
    await panel.getByText(/Simulated provider by work-email v1 · 1 credit/).waitFor();
    await billed(3);
  });

  it("prices all, the failed, the older and those of a version before anything is asked", async () => {
    const { page } = w;
    await send("POST", "enrichments/work-email/pause", {});
    await send("PUT", "enrichments/work-email", email(`name + " Jr"`, { refresh: "30d" }));
    await send("POST", "enrichments/work-email/resume", { confirm: true });
    await sent("p4", { name: "Ada Number4", company_domain: "acme4.example", title: "Broken" });
    await sent("p5", { name: "Ada Number5", company_domain: "acme5.example", title: "Boss" });
    await counted(page, 5);
    await page.goto(`${w.url}/enrichments/work-email`);
    await page.getByText("5 of 5 rows done").waitFor();
    await billed(4);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Ask again" }).click();
    const dialog = page.getByRole("dialog", { name: /^Ask again in/ });
    const price = (rows: string, credits: string) =>
      dialog.getByRole("button", { name: `Ask again for ${rows}, at most ${credits}`, exact: false }).waitFor();
    await price("4 rows", "4 credits");
    await dialog.getByRole("radio", { name: "Those that failed (1)" }).check();
    await price("1 row", "1 credit");
    await dialog.getByRole("radio", { name: "Values of one version" }).check();
    await dialog.getByRole("combobox", { name: "Version" }).click();
    await page.getByRole("option", { name: "Version 2" }).click();
    await price("1 row", "1 credit");
    await dialog.getByRole("radio", { name: "Values of older versions (3)" }).check();
    await price("3 rows", "3 credits");
    await billed(4);
    await dialog.getByRole("button", { name: /^Ask again for 3 rows/ }).click();
    await dialog.waitFor({ state: "hidden" });
    await billed(7);
  });

  it("asks again for chosen rows alone", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/work-email?tab=rows`);
    for (const i of [1, 5]) await page.getByRole("checkbox", { name: `Choose Ada Number${i}` }).check();
    await page.getByRole("button", { name: "Ask again for 2 chosen rows" }).click();
    const dialog = page.getByRole("dialog", { name: /^Ask again in/ });
    await dialog.getByRole("button", { name: /^Ask again for 2 rows, at most 2 credits/ }).click();
    await dialog.waitFor({ state: "hidden" });
    await billed(9);
    await page.getByRole("tab", { name: "Runs" }).click();
    const runs = page.getByRole("table", { name: "Runs" });
    await runs
      .getByRole("button", { name: /^rerun/ })
      .nth(1)
      .waitFor();
  });

  it("releases what a guard set aside", async () => {
    const { page } = w;
    await send("PUT", "enrichments/guarded", {
      audience: ["all-people"],
      steps: [{ provider: "sandbox/job_title", inputs: { email: `title + "@acme.example"` } }],
      outputs: { title: "location" },
      follow: true,
      rerun_on: "inputs",
      write: "overwrite",
      guards: { again: 1 },
      limit: { credits: "100" },
    });
    await send("POST", "enrichments/guarded/start", { confirm: true });
    await page.goto(`${w.url}/enrichments/guarded`);
    await page.getByText("5 of 5 rows done").waitFor();
    const calls = async () => (await books(w)).calls;
    const before = await calls();
    await sent("p5", { title: "Chair" });
    await expect.poll(calls, { timeout: 30_000 }).toBe(before + 1);
    await sent("p5", { title: "Owner" });
    const note = page.getByRole("alert").filter({ hasText: "A guard set 1 row aside" });
    await note.getByText(/bought once within a day, and nobody asked/).waitFor();
    await note.getByRole("button", { name: "Approve" }).click();
    const dialog = page.getByRole("dialog", { name: "Let these rows run?" });
    await dialog.getByText(/at most 2 credits/).waitFor();
    expect(await calls()).toBe(before + 1);
    await dialog.getByRole("button", { name: "Approve 1 row" }).click();
    await note.waitFor({ state: "hidden" });
    await expect.poll(calls, { timeout: 30_000 }).toBe(before + 2);
  });
});

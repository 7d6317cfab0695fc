import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, go, people } from "./walk";

const repo = resolve(import.meta.dirname, "../..");

type Progress = {
  done_rows: number;
  spent_credits: string;
  steps: { provider: string; asked: number; found: number; spent_credits: string }[];
  latest: { name: string }[];
};

/** Two steps that fill one field, and an enrichment of others, that stops at its limit. */
const definitions: [string, object][] = [
  [
    "two-steps",
    {
      audience: ["engineers"],
      steps: [
        { provider: "sandbox/find_email", inputs: { full_name: "name", company_domain: "company_domain" } },
        {
          provider: "sandbox/job_title",
          inputs: { email: 'external_id + "@example.com"' },
          outputs: { title: "email" },
        },
      ],
      outputs: { email: "answer" },
      limit: { credits: "500" },
    },
  ],
  [
    "emails",
    {
      audience: ["sellers"],
      steps: [{ provider: "sandbox/find_email", inputs: { full_name: "name", company_domain: "company_domain" } }],
      outputs: { email: "email" },
      limit: { credits: "30" },
    },
  ],
];

describe.skipIf(!ready)("pictures", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--hit-rate", "0.5", "--bill-miss"]);
    const { page } = w;
    await page.goto(w.url);
    await checkFile(page, "people.csv", people(442, 561));
    await page.getByRole("button", { name: "Import 120 rows" }).click();
    await page.getByRole("link", { name: "Enrich them" }).waitFor();
    await ask("POST", "/fields", { entity: "people", field: "answer", label: "Answer", type: "text" });
    for (const [name, title] of [
      ["engineers", "Engineer"],
      ["sellers", "Seller"],
    ])
      await ask("PUT", `/audiences/${name}`, { entity: "people", where: `title == "${title}"` });
    for (const [name, body] of definitions) await ask("PUT", `/enrichments/${name}`, body);
  }, 120_000);
  afterAll(() => w?.stop());

  async function ask(method: string, path: string, body?: object) {
    const answer = await fetch(`${w.url}/api/v1${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
    expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
    return answer.json();
  }
  const picture = (title: string) => w.page.getByRole("region", { name: title, exact: true });
  /** The cells of the last line of the table beside a picture, which is shown. */
  async function sums(of: Locator): Promise<string[]> {
    const show = of.getByRole("button", { name: /show as a table$/ });
    if (await show.isVisible()) await show.click();
    return of.getByRole("table").last().getByRole("row").last().getByRole("cell").allInnerTexts();
  }
  const plain = (text: string | undefined) => Number((text ?? "").replaceAll(",", ""));

  it("a draft says what comes, and a waterfall as it runs what each step found and cost", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/two-steps?tab=overview`);
    await page.getByText("Nothing until it is started.").waitFor();
    await page.getByRole("link", { name: "See its price, try ten rows, or start it" }).click();
    await page.getByRole("button", { name: /^Buy up to 60/ }).click();
    await page.getByText("60 of 60 rows done").waitFor();
    const steps = picture("Waterfall: what each step found and cost").getByRole("table", { name: "Steps" });
    const p: Progress = await ask("GET", "/enrichments/two-steps/progress");
    expect(p.steps.length).toBe(2);
    for (const [i, s] of p.steps.entries()) {
      const line = steps.getByRole("row").filter({ hasText: new RegExp(`^${i + 1}\\. Find `) });
      await line.getByRole("cell", { name: `${(s.found / s.asked) * 100}`.slice(0, 3) }).waitFor();
      const cells = await line.getByRole("cell").allInnerTexts();
      expect([plain(cells[2]), plain(cells[3]), plain(cells[5])]).toEqual([s.asked, s.found, Number(s.spent_credits)]);
      if (i > 0) expect(s.asked).toBe((p.steps[0]?.asked ?? 0) - (p.steps[0]?.found ?? 0));
    }
    await steps.getByRole("row", { name: `All that was spent ${p.spent_credits}` }).waitFor();
    expect(plain((await sums(picture("Rows done over time"))).at(-1))).toBe(60);
    expect(plain((await sums(picture("Spend against the limit"))).at(-1))).toBe(Number(p.spent_credits));
    const latest = picture("Latest rows");
    await latest.getByRole("link", { name: p.latest[0]?.name, exact: true }).click();
    await page.getByRole("heading", { name: p.latest[0]?.name }).waitFor();
    await page.goBack();
  });

  it("are walked through by the arrow keys, each thing says what it is", async () => {
    const { page } = w;
    const plot = page.getByRole("slider", { name: /^Spend against the limit/ });
    await plot.focus();
    await page.keyboard.press("End");
    expect(await plot.getAttribute("aria-valuetext")).toContain("now: ");
    await page.keyboard.press("Home");
    const first = await plot.getAttribute("aria-valuetext");
    expect(first).toMatch(/credits? spent/);
    await page.keyboard.press("ArrowRight");
    expect(await plot.getAttribute("aria-valuetext")).not.toBe(first);
    const left = await plot.evaluate((el) =>
      el.dispatchEvent(
        new KeyboardEvent("keydown", { key: "ArrowLeft", altKey: true, bubbles: true, cancelable: true }),
      ),
    );
    expect(left, "Alt and an arrow are the browser's: they go back").toBe(true);
  });

  it("one that its limit stopped says so, and leads on", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/emails?tab=start`);
    await page.getByRole("button", { name: /^Buy up to/ }).click();
    const spend = picture("Spend against the limit");
    await spend.getByText("30 of 30 credits").waitFor();
    await spend.getByText("Forecast: It is reached.").waitFor();
    await page.getByText("Nothing until it is resumed").waitFor();
    await page.getByRole("link", { name: "Set a higher limit, and it goes on from the same row" }).click();
    await page.getByRole("textbox", { name: "Credits" }).waitFor();
  });

  it("of credits by day add up to the bill, and those of fields to the days", async () => {
    const { page } = w;
    await page.goto(w.url);
    await page
      .getByText(/^Email/)
      .first()
      .waitFor();
    execFileSync("go", ["run", "./ui/e2e/earlier", w.db, "2"], { cwd: repo });
    await ask("PUT", "/enrichments/emails/limit", { credits: "45", resume: true, confirm: true });
    await page.goto(`${w.url}/enrichments/emails`);
    await picture("Spend against the limit").getByText("45 of 45 credits").waitFor();
    await go(page, "Credits");
    const stack = picture("Credits over time, by enrichment");
    await stack.getByRole("slider").waitFor();
    const all = await sums(stack);
    const by = (await ask("GET", "/credits/by/enrichment")).items as { settled_credits: string }[];
    const spent = by.map((b) => Number(b.settled_credits)).sort((a, b) => b - a);
    expect(all.slice(1).map(plain)).toEqual([...spent, spent.reduce((n, v) => n + v, 0)]);
    expect(await stack.getByRole("table").getByRole("row").count()).toBe(4); // two days, their names, their sum
    await page.getByRole("slider", { name: /^Credits over time/ }).press("End");
    await go(page, "Data Hub");
    await page.getByRole("img", { name: /^Email: from .* in 2 days$/ }).waitFor();
    await page.getByRole("button", { name: "Email", exact: true }).press("Enter");
    const trend = picture("Fill rate over time");
    await trend.getByRole("slider", { name: /^Fill rate of Email: from/ }).waitFor();
    const last = await sums(trend);
    expect(last[2]).toBe("120");
  });
});

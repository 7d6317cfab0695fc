import { afterAll, beforeAll, describe, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile } from "./walk";

describe.skipIf(!ready)("the runs of an enrichment", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    const { page } = w;
    await page.goto(w.url);
    const lines = [1, 2, 3].map(
      (i) => `p${i},Ada Number${i},acme${i}.example,${i < 3 ? `old${i}@acme${i}.example` : ""}`,
    );
    await checkFile(page, "people.csv", `External ID,Name,Company domain,Email\n${lines.join("\n")}\n`);
    await page.getByRole("button", { name: "Import 3 rows" }).click();
    await page.getByRole("link", { name: "Enrich them" }).waitFor();
    const definition = {
      audience: ["all-people"],
      steps: [{ provider: "sandbox/find_email", inputs: { full_name: "name", company_domain: "company_domain" } }],
      outputs: { email: "email" },
      write: "overwrite",
      refresh: "30d",
      limit: { credits: "100" },
    };
    await fetch(`${w.url}/api/v1/enrichments/work-email`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(definition),
    });
    await page.goto(`${w.url}/enrichments/work-email?tab=start`);
    await page.getByRole("button", { name: /^Buy up to 3/ }).click();
    await page.getByText("3 of 3 rows done").waitFor();
  });
  afterAll(() => w?.stop());

  it("say what was filled and overwritten, and why that was allowed", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/work-email?tab=runs`);
    const row = page.getByRole("table", { name: "Runs" }).getByRole("row").nth(1);
    await row.getByRole("cell", { name: "2", exact: true }).waitFor();
    await row.getByRole("cell", { name: "0", exact: true }).waitFor();
    await row.getByRole("button", { name: /^start/ }).click();
    const list = page.getByRole("region", { name: /^Overwritten by run/ });
    await list.getByRole("cell", { name: "old1@acme1.example" }).waitFor();
    await list
      .getByText(/overwrite replaces what no person set; it came from .* on the same day/)
      .first()
      .waitFor();
  });

  it("and the overview says what comes due in the weeks ahead", async () => {
    const { page } = w;
    await page.getByRole("tab", { name: "Overview" }).click();
    const due = page.getByRole("region", { name: "Comes due" });
    await due.getByText(/^6 rows, at/).waitFor(); // three, twice in twelve weeks
    await due.getByRole("button", { name: /show as a table$/ }).click();
    await due.getByRole("cell", { name: "3", exact: true }).first().waitFor();
  });
});

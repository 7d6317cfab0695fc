import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";
import { checkFile, counted, go } from "./walk";

const repo = resolve(import.meta.dirname, "../..");
const csv = `External ID,Name,Email,Title
c9,Ann Lee,ann@acme.example,Engineer
c8,Bob Ray,bob@ray.example,Owner
`;

// Ids of one list keep records apart today: `older` adds what was before.
describe.skipIf(!ready)("a record that is several, split", () => {
  let w: World;
  let ann: number;
  beforeAll(async () => {
    w = await world();
    const { page } = w;
    await page.goto(w.url);
    await checkFile(page, "crm.csv", csv);
    await page.getByRole("button", { name: /^Import 2 rows/ }).click();
    await page.getByText("2created").waitFor();
    const found = await fetch(`${w.url}/api/v1/records?entity=people&search=Ann`);
    ann = (await found.json()).items[0].id;
    for (const [field, value] of Object.entries({ external_id: "c1", name: "Ann Lee-Ray", title: "CTO" }))
      await fetch(`${w.url}/api/v1/records/${ann}`, {
        method: "PATCH",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ field, value, confirm: true }),
      });
    execFileSync("go", ["run", "./ui/e2e/older", w.db, `${ann}`, "px:csv%3Aexternal-id:c1"], { cwd: repo });
  }, 120_000);
  afterAll(() => w?.stop());

  it("is listed, and only the id that it does not show is offered", async () => {
    const { page } = w;
    await go(page, "Review");
    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByText(/0 conflicts, 0 likely, 1 to split/).waitFor();
    const record = page.getByRole("region", { name: "Record" });
    await record.getByRole("heading", { name: "Ann Lee-Ray may be several" }).waitFor();
    await record.getByText("it shows the id external:csv:external-id:c1").waitFor();
    expect(await record.getByRole("button", { name: /^Split off/ }).count()).toBe(1);
  });

  it("gives the id its own values, and is taken back", async () => {
    const { page } = w;
    await page.getByRole("button", { name: "Split off csv:external-id:c9" }).click();
    await page.getByText(new RegExp(`\\d+ was split off ${ann}\\.`)).waitFor();
    await page.getByText(/0 to split · 0 later · 1 kept apart/).waitFor();
    await counted(page, 3);
    for (const name of ["Ann Lee", "Engineer", "Ann Lee-Ray", "CTO"])
      await page.getByRole("gridcell", { name, exact: true }).waitFor();
    await go(page, "Review");
    await page.keyboard.press("u");
    await page.getByText(/\d+ is part of \d+ now/).waitFor();
    await counted(page, 2);
    await page.getByRole("gridcell", { name: "Ann Lee-Ray", exact: true }).waitFor();
    expect((await books(w)).repeats).toBe(0);
  });
});

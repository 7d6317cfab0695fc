import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, go } from "./walk";

// Line 3 has a title that is too long, line 5 more cells than the heading.
const csv = `External ID,Name,Email,Title,Location
a1,Ada Berger,ada@acme.example,Engineer,Berlin
a2,Noor Okafor,noor@acme.example,${"x".repeat(70_000)},Berlin
a3,Kofi Silva,not an address,Head of Sales,Lisbon
a4,Yuki Tanaka,yuki@acme.example,Engineer,Tokyo,one,too many
a5,Omar Haddad,omar@acme.example,CTO,Paris
`;

describe.skipIf(!ready)("a file with errors", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
  });
  afterAll(() => w?.stop());

  async function rejectsAreListed() {
    const { page } = w;
    await page.getByRole("heading", { name: "2 rows are rejected" }).waitFor();
    await page.getByRole("row", { name: /^3 title the value has 70000 bytes, more than the 65536/ }).waitFor();
    await page.getByRole("row", { name: "5 – the row has 7 cells, the heading has 5" }).waitFor();
  }

  it("shows them before anything is written", async () => {
    const { page } = w;
    await checkFile(page, "people.csv", csv);
    await rejectsAreListed();
    await page.getByText("3would be created").waitFor();
    expect(await page.getByRole("button", { name: "Download them" }).count()).toBe(0);
    await go(page, "People");
    await page.getByText("No people yet").waitFor();
  });

  it("imports the good rows, and lists and downloads the others", async () => {
    const { page } = w;
    await checkFile(page, "people.csv", csv);
    await page.getByRole("button", { name: "Import 3 rows" }).click();
    await page.getByText("3created").waitFor();
    await rejectsAreListed();
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download them" }).click();
    const file = await coming;
    expect(file.suggestedFilename()).toMatch(/^rejects-\d+\.csv$/);
    const [heading, ...rejected] = readFileSync(await file.path(), "utf8")
      .trim()
      .split(/\r?\n/);
    expect(heading).toBe("line,field,reason,Email,External ID,Location,Name,Title");
    expect(rejected).toEqual([
      expect.stringMatching(/^3,title,"the value has 70000 bytes.*",noor@acme\.example,a2,Berlin,Noor Okafor,$/),
      '5,,"the row has 7 cells, the heading has 5",yuki@acme.example,a4,Tokyo,Yuki Tanaka,Engineer',
    ]);
    await go(page, "Import"); // begins another
    await page.getByRole("button", { name: "Choose a file" }).waitFor();
    await page.goBack();
    await page.getByText("3created").waitFor();
    await page.getByRole("link", { name: "See the records" }).click();
    await page.getByText("3 people", { exact: true }).waitFor();
    for (const name of ["Ada Berger", "Kofi Silva", "Omar Haddad"])
      await page.getByRole("gridcell", { name, exact: true }).waitFor();
    await page.getByTitle("not an address — not a valid email").waitFor();
  });

  it("keeps the result, and takes the import back", async () => {
    const { page } = w;
    await go(page, "Import");
    await page.getByRole("link", { name: "people.csv" }).click();
    await rejectsAreListed();
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
    await page.getByText("undone", { exact: true }).waitFor();
    await go(page, "People");
    await page.getByText("No people yet").waitFor();
  });
});

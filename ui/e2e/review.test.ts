import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";
import { checkFile, counted, go } from "./walk";

// Two contacts of one list share an email; a third looks like the fourth.
const csv = `External ID,Name,Email,Title,Company domain
c1,Ann Lee,ann@acme.example,Engineer,acme.example
c2,Ann Lee-Ray,ann@acme.example,CTO,acme.example
c3,Bob Novak,bob@novak.example,,novak.example
c4,Bob Novak,b.novak@novak.example,Owner,novak.example
`;

describe.skipIf(!ready)("a conflict resolved", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    await w.page.goto(w.url);
  });
  afterAll(() => w?.stop());

  it("teaches where there is nothing to review", async () => {
    await go(w.page, "Review");
    await w.page.getByRole("heading", { name: "Nothing to review" }).waitFor();
  });

  it("lists both, with reasons", async () => {
    const { page } = w;
    await checkFile(page, "crm.csv", csv);
    await page.getByRole("button", { name: /^Import 4 rows/ }).click();
    await page.getByText("4created").waitFor();
    await go(page, "Review");
    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByText(/1 conflict, 1 likely/).waitFor();
    await page
      .getByRole("region", { name: "Pair" })
      .getByText(/both have the email ann@acme.example/)
      .waitFor();
  });

  it("merges value by value by keys, and takes it apart again", async () => {
    const { page } = w;
    const pair = page.getByRole("region", { name: "Pair" });
    const merge = async () => {
      await pair.getByRole("radio", { name: /^Title of \d+: CTO$/ }).check();
      await page.keyboard.press("m");
      await page.getByText(/is part of \d+ now/).waitFor();
    };
    await merge();
    await page.keyboard.press("u");
    await page.getByText(/\d+ and \d+ are two again/).waitFor();
    await page.getByText(/1 kept apart/).waitFor();
    await page.keyboard.press("u");
    await page.getByText(/1 conflict, 1 likely/).waitFor();
    await merge();
    await counted(page, 3);
    await page.getByRole("gridcell", { name: "CTO", exact: true }).waitFor();
    await page.goBack();
    await page.getByText(/0 conflicts, 1 likely/).waitFor();
  });

  it("keeps the likely pair apart, and remembers", async () => {
    const { page } = w;
    await page.getByRole("region", { name: "Pair" }).getByText("the same name", { exact: true }).waitFor();
    await page.keyboard.press("a");
    await page.getByText("They are kept apart.").waitFor();
    await page.getByRole("heading", { name: "Nothing to review" }).waitFor();
    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByText(/0 conflicts, 0 likely, 0 to split · 0 later · 1 kept apart/).waitFor();
    await page.keyboard.press("u");
    await page.getByText("To be decided again.").waitFor();
    await page.getByText(/0 conflicts, 1 likely/).waitFor();
    // What was done before can be taken back too, the last first.
    await page.keyboard.press("u");
    await page.getByText(/\d+ and \d+ are two again/).waitFor();
    await page.keyboard.press("u");
    await page.getByText(/1 conflict, 1 likely/).waitFor();
    expect(await page.getByRole("button", { name: /^Undo/ }).count()).toBe(0);
    expect((await books(w)).repeats).toBe(0);
  });
});

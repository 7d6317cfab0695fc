import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";
import { draftOf3, go } from "./walk";

// The simulated provider answers every time about somebody else.
describe.skipIf(!ready)("answers about somebody else", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--stranger-rate", "1", "--hit-rate", "1"]);
  });
  afterAll(() => w?.stop());

  const emails = async () =>
    (await (await fetch(`${w.url}/api/v1/records/count?entity=people&where=filled(email)`)).json()).count;

  it("are taught of while there are none", async () => {
    const { page } = w;
    await page.goto(w.url);
    await go(page, "Review");
    await page.getByRole("tab", { name: "Answers held back" }).click();
    await page.getByRole("heading", { name: "No answer is held back" }).waitFor();
  });

  it("are written nowhere, and said on the enrichment's page and on the Data Hub", async () => {
    const { page } = w;
    await draftOf3(page, w.url);
    await page.getByRole("button", { name: /^Buy up to 3 emails/ }).click();
    await expect.poll(async () => (await books(w)).billed_calls).toBe(3);
    await page.getByRole("tab", { name: "Overview" }).click();
    await page.getByText("3 answers held back").waitFor();
    expect(await emails()).toBe(0);
    await go(page, "Data Hub");
    await page.getByRole("link", { name: /3 answers held back/ }).waitFor();
    await go(page, "Enrichments");
    await page.getByRole("link", { name: "work-email", exact: true }).click();
    await page.getByRole("link", { name: "Review them" }).click();
    await page.getByRole("tab", { name: "Answers held back (3)" }).waitFor();
  });

  it("are accepted free, by a key, which can be taken back", async () => {
    const { page } = w;
    const answer = page.getByRole("region", { name: "Answer" });
    await answer.getByRole("heading", { name: /^Is this Ada Number\d\?/ }).waitFor();
    await answer.getByRole("row", { name: /^Name Ada Number\d .* differs$/ }).waitFor();
    await answer.getByText("Accepting writes, free").waitFor();
    await page.keyboard.press("a");
    await page.getByText(/^Accepted, free: .*Email of Ada Number/).waitFor();
    await page.getByRole("tab", { name: "Answers held back (2)" }).waitFor();
    expect(await emails()).toBe(1);
    expect((await books(w)).billed_calls).toBe(3);
    await page.keyboard.press("Control+z");
    await page.getByText(/^Taken back: “Answer for Ada Number\d accepted”/).waitFor();
    expect(await emails()).toBe(0);
  });

  it("are rejected, and listed so", async () => {
    const { page } = w;
    await page.keyboard.press("r");
    await page.getByText("Rejected: it is never written.").waitFor();
    await page.getByRole("tab", { name: "Answers held back (1)" }).waitFor();
    await page.getByRole("button", { name: "Reject, and ask further steps…" }).click(); // there are none
    await page.getByRole("heading", { name: "No answer is held back" }).waitFor();
    await page.getByText("Rejected", { exact: true }).click();
    await page
      .getByRole("region", { name: "Answer" })
      .getByText(/^Rejected by/)
      .waitFor();
    const claims = await (await fetch(`${w.url}/api/v1/strangers/claims.csv`)).text();
    expect(claims.trim().split("\n").length).toBe(1 + 2);
    expect(await books(w)).toMatchObject({ billed_calls: 3, repeats: 0 });
  });
});

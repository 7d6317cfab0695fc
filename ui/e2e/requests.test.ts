import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstLink, invite, join } from "./accounts";
import { books, ready, type World, world } from "./harness";
import { checkFile, findEmail, people } from "./walk";

describe.skipIf(!ready)("who stands at a limit asks for more", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    const { page } = w;
    await page.goto(firstLink(w));
    await page.getByText("local · admin").waitFor();
    await checkFile(page, "people.csv", people(1, 30));
    await page.getByRole("button", { name: "Import 30 rows" }).click();
    await page.getByRole("link", { name: "Enrich them" }).click();
    await findEmail(page, "work-email", "12");
    await page.getByRole("button", { name: /^Buy up to/ }).waitFor();
  }, 60_000);
  afterAll(() => w?.stop());

  it("and it goes on from the same row once another admin approves, in a browser of theirs", async () => {
    const ada = await join(w, await invite(w, "ada@acme.example", "Admin"));
    await ada.goto(`${w.url}/enrichments/work-email?tab=start`);
    await ada.getByRole("button", { name: /^Buy up to/ }).click();
    await ada.getByText("12 of 30 rows done").waitFor();
    const before = await books(w);
    await ada.getByRole("button", { name: "Ask for more" }).click();
    const dialog = ada.getByRole("dialog", { name: "Ask for more" });
    await dialog.getByText("18 rows left to buy").waitFor();
    expect(await dialog.getByRole("textbox", { name: "The limit is to be, in credits" }).inputValue()).toBe("30");
    await dialog.getByRole("textbox", { name: "What it is for" }).fill("The fair is in May");
    await dialog.getByRole("button", { name: "Ask an admin" }).click();
    await ada.getByText(/You asked that it be 30 credits/).waitFor();
    await ada.getByRole("link", { name: "See the request" }).click();
    await ada.getByText("You asked for it: another admin approves it.").waitFor();
    expect(await ada.getByRole("button", { name: "Approve", exact: true }).count()).toBe(0);

    const { page } = w;
    await page.goto(`${w.url}/credits`);
    await page.getByLabel("1 request to decide").waitFor();
    await page.getByRole("tab", { name: "Requests (1)" }).click();
    const request = page.getByRole("region", { name: /Request of ada@acme.example/ });
    await request.getByText("The fair is in May").waitFor();
    await request.getByText(/^Now: 18 rows/).waitFor();
    expect(await books(w)).toEqual(before);
    await request.getByRole("button", { name: "Approve", exact: true }).click();
    await page.getByText("Nobody asks for more.").waitFor();
    await ada.goto(`${w.url}/enrichments/work-email`);
    await ada.getByText("30 of 30 rows done").waitFor();
    expect(await books(w)).toMatchObject({ calls: 30, billed_calls: 30, repeats: 0 });
    await ada.context().close();
  });
});

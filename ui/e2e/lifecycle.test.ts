import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, findEmail, people } from "./walk";

describe.skipIf(!ready)("an enrichment's head", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "1500ms"]);
    const { page } = w;
    await page.goto(w.url);
    await checkFile(page, "people.csv", people(1, 30));
    await page.getByRole("button", { name: "Import 30 rows" }).click();
    await page.getByRole("link", { name: "Enrich them" }).click();
    await findEmail(page, "work-email", "12");
  });
  afterAll(() => w?.stop());

  const view = async () => (await fetch(`${w.url}/api/v1/enrichments/work-email`)).json();
  const filled = () => w.page.locator("main .mantine-Button-root:not([data-variant=default]):not([data-disabled])");

  it("has one primary button, in view, that does what it says", async () => {
    const { page } = w;
    const buy = page.getByRole("button", { name: /^Buy up to 12 emails, at most 12 credits/ });
    await buy.waitFor();
    const few = page.getByRole("button", { name: "Run on 10 first, at most 10 credits (US$0.10)" });
    await few.waitFor();
    expect(await filled().allTextContents()).toEqual([await few.textContent()]); // nothing was tried yet
    const box = await buy.boundingBox();
    expect((box?.y ?? 9999) + (box?.height ?? 0)).toBeLessThan(900);
    await page.getByRole("tab", { name: "Rows" }).click();
    expect(await filled().allTextContents()).toEqual(["See the price and start"]);
    await page.getByRole("button", { name: "See the price and start" }).click();
    await buy.waitFor();
  });

  it("says that a limit is saved", async () => {
    const { page } = w;
    await page.getByRole("tab", { name: "Limit" }).click();
    await page.getByRole("textbox", { name: "Credits" }).fill("10");
    await page.getByRole("button", { name: "Set the limit" }).click();
    await page.getByText("10 credits over its whole life.").waitFor();
    expect((await view()).limit.credits).toBe("10");
  });

  it("stops at the limit; raised and resumed, one sees it run", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/work-email?tab=start`);
    await page.getByRole("button", { name: /^Buy up to 10 emails, at most 10 credits/ }).click();
    await page.getByText("paused · limit reached").first().waitFor();
    expect(await filled().allTextContents()).toEqual(["Raise the limit"]);
    await page.getByRole("button", { name: "Raise the limit" }).click();
    await page.getByRole("textbox", { name: "Credits" }).fill("200");
    await page.getByRole("button", { name: "Raise and resume" }).click();
    await page.getByRole("tab", { name: "Overview", selected: true }).waitFor();
    await page.getByText("30 of 30 rows done").waitFor();
    expect((await view()).spent_credits).toBe("30");
  });

  it("shows no tab that is not there", async () => {
    const { page } = w;
    for (const tab of ["bogus", "start"]) {
      await page.goto(`${w.url}/enrichments/work-email?tab=${tab}`);
      await page.getByRole("tab", { name: "Overview", selected: true }).waitFor();
      await page.getByText("30 of 30 rows done").waitFor();
    }
  });

  it("counts down what is in flight, in the dialog that pauses", async () => {
    const { page } = w;
    const added = [...Array(6)].map((_, i) => ({
      name: `Bob Late${i}`,
      company_domain: `late${i}.example`,
      external_id: `q${i}`,
    }));
    await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    const posted = await fetch(`${w.url}/api/v1/people`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ records: added, source: "csv", confirm: true }),
    });
    expect(posted.status, await posted.text()).toBe(200);
    await page.getByText(/calls? in flight \(at most/).waitFor();
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByRole("button", { name: "Pause it" }).click();
    const dialog = page.getByRole("dialog", { name: "work-email is paused" });
    await dialog.getByText(/still in flight/).waitFor();
    await dialog.waitFor({ state: "hidden" });
    await page.getByText("work-email is paused. Nothing is in flight.").waitFor();
    await page.getByRole("button", { name: "See the price and resume" }).click();
    await page.getByRole("button", { name: /^(Buy up to|Resume|Start)/ }).click();
    await page.getByText("36 of 36 rows done").waitFor();
  });

  it("is paused and edited by one press, from its page and by address", async () => {
    const { page } = w;
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByRole("button", { name: "Pause and edit" }).click();
    await page.waitForURL(/work-email\/edit$/);
    expect((await view()).state).toBe("paused");
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.getByRole("tab", { name: "Price and resume", selected: true }).waitFor();
    await page.getByRole("button", { name: /^(Buy up to|Resume|Start)/ }).click();
    await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    await page.goto(`${w.url}/enrichments/work-email/edit`);
    await page.getByText("Pause to edit").waitFor();
    await page.getByRole("button", { name: "Pause and edit" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause and edit" }).click();
    await page.getByText("Pause to edit").waitFor({ state: "hidden" });
    expect((await view()).state).toBe("paused");
  });

  it("asks again for what is chosen, by its price", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/work-email`);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Ask again" }).click();
    const dialog = page.getByRole("dialog", { name: "Ask again in work-email" });
    await dialog.getByRole("button", { name: "Ask again for 36 rows, at most 36 credits (US$0.36)" }).waitFor();
    await dialog.getByRole("radio", { name: "Values of one version" }).check();
    await dialog.getByRole("combobox", { name: "Version" }).click();
    await page.getByRole("option", { name: "Version 1", exact: true }).click();
    await dialog.getByRole("button", { name: "Ask again for 36 rows, at most 36 credits (US$0.36)" }).waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("tab", { name: "Rows" }).click();
    await page.getByRole("checkbox", { name: "Choose Ada Number1", exact: true }).check();
    await page.getByRole("checkbox", { name: "Choose Ada Number2", exact: true }).check();
    await page.getByRole("button", { name: "Ask again for 2 chosen rows" }).click();
    expect((await view()).rows.pending).toBe(0);
    await dialog.getByRole("button", { name: "Ask again for 2 rows, at most 2 credits (US$0.02)" }).click();
    await dialog.waitFor({ state: "hidden" });
    expect((await view()).rows.pending).toBe(2);
  });
});

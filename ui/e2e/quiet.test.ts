import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { books, ready, type World, world } from "./harness";
import { asText, audienceOf, checkFile, findEmail, go, people } from "./walk";

describe.skipIf(!ready)("nothing is spent quietly", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    const { page } = w;
    await page.goto(w.url);
    await checkFile(page, "people.csv", people(1, 620));
    await page.getByRole("button", { name: "Import 620 rows" }).click();
    await page.getByRole("link", { name: "See the records" }).waitFor();
    await audienceOf(page, "hamburg", "Location", "is", "Hamburg");
    await page.getByRole("button", { name: "Save audience" }).click();
    await page.getByRole("link", { name: "Enrich it" }).click();
    await findEmail(page, "work-email", "2000");
    await page.getByRole("button", { name: "Buy up to 201 emails, at most 201 credits (US$2.01)" }).click();
    await page.getByText("201 of 201 rows done").waitFor();
  });
  afterAll(() => w?.stop());

  /** What was paid, as the page and as the provider say. */
  async function paid(rows: number) {
    const { page } = w;
    await go(page, "Enrichments");
    await page.getByRole("link", { name: "work-email" }).click();
    await page.getByText(`${rows} of ${rows} rows done`).waitFor();
    expect(await books(w)).toMatchObject({ billed_calls: rows, repeats: 0 });
  }

  /** The question: which enrichment, how many rows, for how much. */
  async function asked(rows: number, price: string) {
    const dialog = w.page.getByRole("dialog", { name: "This would spend" });
    await dialog.getByRole("row", { name: `work-email ${rows} ${rows} ${price}` }).waitFor();
    return dialog;
  }

  it("asks before a widened filter is saved, and saves nothing without an answer", async () => {
    const { page } = w;
    const widen = async () => {
      await go(page, "Audiences");
      await page.getByRole("link", { name: "hamburg", exact: true }).click();
      await page.getByRole("tab", { name: "Filter" }).click();
      await (await asText(page)).fill('location == "Hamburg" || title == "Engineer"');
      await page.getByText("+300 than now; followed by work-email").waitFor();
      await page.getByRole("button", { name: "Save", exact: true }).click();
    };
    await widen();
    const dialog = await asked(300, "300 credits (US$3.00)");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.reload();
    await page.getByText("201 people").waitFor();
    await paid(201);

    await widen();
    await (await asked(300, "300 credits (US$3.00)")).getByRole("button", { name: "Save and let them buy" }).click();
    await page.getByText("501 people").waitFor();
    await paid(501);
  });

  it("asks before an import into a followed audience, and writes nothing without an answer", async () => {
    const { page } = w;
    const more = people(1001, 1150).replaceAll("Berlin", "Hamburg");
    await checkFile(page, "more.csv", more);
    await page.getByRole("button", { name: "Import 150 rows" }).click();
    const dialog = await asked(150, "150 credits (US$1.50)");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await go(page, "People");
    await page.getByText("620 people", { exact: true }).waitFor();
    await paid(501);

    await checkFile(page, "more.csv", more);
    await page.getByRole("button", { name: "Import 150 rows" }).click();
    await (await asked(150, "150 credits (US$1.50)")).getByRole("button", { name: "Import and let them buy" }).click();
    await page.getByRole("link", { name: "See the records" }).waitFor();
    await paid(651);
  });

  it("imports without running where that is chosen", async () => {
    const { page } = w;
    await checkFile(page, "quiet.csv", people(2001, 2150).replaceAll("Berlin", "Hamburg"));
    await page.getByRole("checkbox", { name: /^Import without running/ }).check();
    await page.getByRole("button", { name: "Import 150 rows" }).click();
    await page.getByRole("link", { name: "See the records" }).click();
    await page.getByText("920 people", { exact: true }).waitFor();
    // One more person is followed, and is bought behind them in the log of changes.
    await checkFile(page, "one.csv", people(1, 1).replaceAll("1", "9999"));
    await page.getByRole("button", { name: "Import 1 row" }).click();
    await page.getByRole("link", { name: "See the records" }).waitFor();
    await paid(652);
  });

  it("asks before what is pasted enters a followed audience, and saves nothing without an answer", async () => {
    const { page } = w;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: w.url });
    await go(page, "People");
    const cell = (row: number) => page.locator(`[role=row][aria-rowindex="${row + 1}"] [data-field="location"]`);
    const paste = async () => {
      await cell(1).click();
      await page.keyboard.press("Control+g");
      await page.getByLabel("Go to row").fill("502"); // the first in Berlin who is no engineer
      await page.keyboard.press("Enter");
      await cell(502)
        .and(page.locator("[data-active]"))
        .filter({ hasText: /^Berlin$/ })
        .waitFor();
      await page.evaluate((text) => navigator.clipboard.writeText(text), Array(118).fill("Hamburg").join("\n"));
      await page.keyboard.press("Control+v");
      await page.getByRole("button", { name: "Change 118 cells" }).click(); // many cells are asked about first
      const dialog = page.getByRole("dialog", { name: "This edit would spend" });
      await dialog.getByRole("row", { name: "work-email 118 118 118 credits (US$1.18)" }).waitFor();
      return dialog;
    };
    await (await paste()).getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Not saved", { exact: true }).waitFor();
    await page.reload();
    await page.getByText("921 people", { exact: true }).waitFor();
    await paid(652);

    await go(page, "People");
    await (await paste()).getByRole("button", { name: "Save it and let them buy" }).click();
    await page.getByText("118 cells pasted. Ctrl Z takes it back.").waitFor();
    await cell(502)
      .filter({ hasText: /^Hamburg$/ })
      .waitFor();
    await paid(770);
  });

  it("asks before one value is saved that buys much for the limit, and saves nothing without an answer", async () => {
    const { page } = w;
    await page.getByRole("tab", { name: "Limit" }).click();
    await page.getByRole("textbox", { name: "Credits" }).fill("773");
    await page.getByRole("button", { name: "Set the limit" }).click();
    await page.getByRole("tab", { name: "Overview" }).click();
    await page.getByText("770 of 773 credits").waitFor();
    await go(page, "People");
    await page.getByRole("textbox", { name: "Search" }).fill("Ada Number620");
    await page.getByRole("gridcell", { name: "Ada Number620", exact: true }).waitFor();
    await page.getByRole("gridcell", { name: "Seller", exact: true }).click();
    await page.keyboard.press("Space");
    const panel = page.getByRole("complementary", { name: "Record" });
    const save = async () => {
      await panel.getByRole("button", { name: "Edit Location" }).click();
      await panel.getByRole("textbox", { name: "Location" }).fill("Hamburg");
      await panel.getByRole("button", { name: "Save" }).click();
      const dialog = page.getByRole("dialog", { name: "This edit would spend" });
      await dialog.getByRole("row", { name: "work-email 1 1 1 credit (US$0.01)" }).waitFor();
      return dialog;
    };
    await (await save()).getByRole("button", { name: "Cancel" }).click();
    await page.reload();
    await panel.getByText("Berlin").waitFor();
    expect(await books(w)).toMatchObject({ billed_calls: 770 });

    await (await save()).getByRole("button", { name: "Save it and let them buy" }).click();
    await panel.getByText("Hamburg").waitFor();
    await paid(771);
  });
});

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Disturbance, guard, under } from "./disturb";
import { type Fragile, fragile } from "./fragile";
import { ready } from "./harness";
import { checkFile, counted, findEmail, go, people } from "./walk";

/** Each journey is disturbed in its middle: it is done once, and nothing else is. A file for each disturbance, as they take long. */
export const disturbed = (what: Disturbance) =>
  describe.skipIf(!ready)(`with ${what} in the middle`, () => {
    let f: Fragile;
    beforeAll(async () => {
      f = await fragile();
      await f.page.goto(f.link());
      await f.page.getByText("local · admin").waitFor();
      await guard(f);
      await checkFile(f.page, "people.csv", people(1, 40));
      await f.page.getByRole("button", { name: "Import 40 rows" }).click();
      await f.page.getByRole("link", { name: "See the records" }).waitFor();
      await counted(f.page, 40);
    }, 90_000);
    afterAll(() => f?.end());

    const ask = async (path: string) => (await f.page.context().request.get(`${f.url}/api/v1/${path}`)).json();
    const holds = async (where: string) =>
      (await ask(`records/count?entity=people&where=${encodeURIComponent(where)}`)).count;
    const box = (row: number) => f.page.getByRole("checkbox", { name: `Select row ${row}`, exact: true });
    const press = (name: string | RegExp) => f.page.getByRole("button", { name }).last().click();
    const spent = async () => (await ask("enrichments/work-email")).spent_credits;

    it("all are deleted, and come back", { timeout: 90_000 }, async () => {
      await go(f.page, "People");
      await f.page.getByRole("checkbox", { name: "Select all rows" }).click();
      await press("Delete…");
      await f.page.getByRole("dialog").getByText("Delete 40 people?").waitFor();
      await under(
        f,
        what,
        () => press("Delete 40 people"),
        async () => {
          await expect.poll(() => holds("")).toBe(0);
        },
      );
      await f.page.getByText("40 people deleted. Ctrl Z takes it back.").first().waitFor();
      await f.page.keyboard.press("Control+z");
      await f.page.getByText("Taken back: “40 people deleted”.").first().waitFor();
      expect(await holds("")).toBe(40);
      expect((await ask("undo?kind=delete")).items.length).toBe(1);
    });

    it("a view is saved", { timeout: 90_000 }, async () => {
      const { page } = f;
      await go(page, "People");
      await page.getByRole("button", { name: "Views", exact: true }).click();
      await page.getByRole("menuitem", { name: "Save what is shown as a view…" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill("All of them");
      const named = (p: Page) => p.getByRole("button", { name: "View: All of them", exact: true }).waitFor();
      await under(
        f,
        what,
        () => press("Save the view"),
        async (p) => {
          if (p === page) await named(p); // another tab has no view until it is opened there
        },
      );
      expect((await ask("views?entity=people")).items.length).toBe(1);
    });

    it("two are merged, and taken apart", { timeout: 90_000 }, async () => {
      const { page } = f;
      await page.goto(`${f.url}/people`);
      await box(1).click();
      await box(2).click();
      await press("More for the selected");
      await page.getByRole("menuitem", { name: "Merge two…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Merge", exact: true }).waitFor();
      await under(
        f,
        what,
        () => dialog.getByRole("button", { name: "Merge", exact: true }).click(),
        async () => {
          await expect.poll(() => holds("")).toBe(39);
        },
      );
      await page.getByText(/made part of \d+\. Ctrl Z takes it back\./).waitFor();
      await page.keyboard.press("Control+z");
      await page.getByText(/^Taken back: “\d+ made part of/).waitFor();
      expect(await holds("")).toBe(40);
    });

    it("20 rows are chosen and enriched, each once", { timeout: 120_000 }, async () => {
      const { page } = f;
      await page.goto(`${f.url}/people`);
      await box(1).click();
      await box(20).click({ modifiers: ["Shift"] });
      await press("Enrich…");
      await page.getByRole("textbox", { name: "Name for these records" }).fill("Dinner");
      await press("Go on to the enrichment");
      await findEmail(page, "work-email", "5");
      await page.getByRole("button", { name: /^Buy up to 5 emails, at most 5 credits/ }).waitFor();
      await under(
        f,
        what,
        () => press(/^Buy up to 5 emails/),
        async (p) => {
          await p.getByText("paused · limit reached").first().waitFor();
        },
      );
      expect(await spent()).toBe("5");
    });

    it("a limit is raised and resumed, on its page", { timeout: 90_000 }, async () => {
      const { page } = f;
      await page.goto(`${f.url}/enrichments/work-email?tab=limit`);
      await page.getByRole("textbox", { name: "Credits" }).fill("9");
      await page.getByRole("button", { name: "Raise and resume" }).waitFor();
      await under(
        f,
        what,
        () => press("Raise and resume"),
        async () => {
          await expect.poll(spent).toBe("9");
        },
      );
    });

    it("and by the palette", { timeout: 90_000 }, async () => {
      const { page } = f;
      await expect.poll(async () => (await ask("enrichments/work-email")).state).toBe("paused");
      await page.goto(`${f.url}/people`);
      await page.getByRole("grid").waitFor();
      await page.keyboard.press("Control+k");
      await page.keyboard.type("raise limit");
      await page.getByText("9 of 9 credits spent").click();
      await page.getByRole("textbox", { name: "Credits" }).fill("100");
      await page.getByRole("button", { name: "Raise and resume" }).waitFor();
      await under(
        f,
        what,
        () => press("Raise and resume"),
        async () => {
          await expect.poll(spent).toBe("20");
        },
      );
    });

    it("it is paused and edited", { timeout: 90_000 }, async () => {
      const { page } = f;
      await page.goto(`${f.url}/enrichments/work-email`);
      await page.getByRole("button", { name: "Edit", exact: true }).click();
      await page.getByRole("button", { name: "Pause and edit" }).waitFor();
      await under(
        f,
        what,
        () => press("Pause and edit"),
        async (p) => {
          if (p === page) await p.waitForURL(/work-email\/edit$/);
        },
      );
      expect((await ask("enrichments/work-email")).state).toBe("paused");
    });

    it("a file is imported with all its columns", { timeout: 90_000 }, async () => {
      const { page } = f;
      await checkFile(page, "wide.csv", "External ID,Name,Shoe size,Pet\nw1,Eve Wide,39,Cat\nw2,Max Wide,44,\n");
      await page.getByRole("button", { name: "Import 2 rows" }).waitFor();
      await under(
        f,
        what,
        () => press("Import 2 rows"),
        async () => {
          await expect.poll(() => holds("")).toBe(42);
        },
      );
      await page.getByText("All 4 columns have arrived").waitFor();
      expect(await holds("filled(pet) || filled(shoe_size)")).toBe(2);
    });
  });

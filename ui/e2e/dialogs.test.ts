import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { findEmail } from "./walk";

type Opened = { path: string; name: string; by: (page: Page) => Promise<Locator>; destroys?: boolean };

/** Opens what is under "More" by keys alone; the keyboard comes back to the button. */
const more = (item: string) => async (page: Page) => {
  const button = page.getByRole("button", { name: "More", exact: true });
  await button.focus();
  await page.keyboard.press("Enter");
  const chosen = page.getByRole("menuitem", { name: item });
  await chosen.focus();
  await page.keyboard.press("Enter");
  return button;
};

const press = (name: string) => async (page: Page) => {
  const button = page.getByRole("main").getByRole("button", { name }).first();
  await button.focus();
  await page.keyboard.press("Enter");
  return button;
};

const keys = (stroke: string) => async (page: Page) => {
  const link = page.getByRole("link", { name: "Audiences", exact: true });
  await link.focus();
  await page.keyboard.press(stroke);
  return link;
};

// work-email is live; draft has not been started.
const dialogs: Opened[] = [
  { name: "Point", path: "/enrichments/draft", by: more("Point at another audience") },
  { name: "Reset", path: "/enrichments/draft", by: more("Reset its rows") },
  { name: "Delete", path: "/enrichments/draft", by: more("Delete"), destroys: true },
  { name: "Pause", path: "/enrichments/work-email", by: press("Pause") },
  { name: "Gap", path: "/", by: press("Fill the gap") },
  { name: "Field", path: "/people", by: press("Field") },
  { name: "New person", path: "/people", by: press("New person") },
  { name: "Palette", path: "/audiences", by: keys("Control+k") },
  { name: "Keys", path: "/audiences", by: keys("?") },
];

describe.skipIf(!ready)("a dialog takes the keyboard in and gives it back:", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    const { page } = w;
    await page.goto(w.url);
    await page.getByRole("button", { name: "Load sample data" }).click();
    await page.getByText("Email: 0% filled").waitFor();
    for (const name of ["draft", "work-email"]) {
      await page.goto(`${w.url}/enrichments/new`);
      await findEmail(page, name, "500");
      await page.getByRole("button", { name: /^Buy up to 200 emails/ }).waitFor();
    }
    await page.getByRole("button", { name: /^Buy up to/ }).click();
    await page.getByText("200 of 200 rows done").waitFor();
  });
  afterAll(() => w?.stop());

  it.each(dialogs)("$name", async ({ path, by, destroys }) => {
    const { page } = w;
    await page.goto(w.url + path);
    await page.getByRole("main").getByRole("heading").first().waitFor();
    const opener = await by(page);
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    const focused = dialog.locator(":focus");
    await focused.waitFor();
    expect(await focused.getAttribute("data-danger")).toBeNull();
    if (destroys) expect(await focused.textContent()).toBe("Cancel");
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press("Tab"); // goes round within it
      expect(await page.evaluate(() => document.activeElement?.closest("[role=dialog], [role=listbox]") !== null)).toBe(
        true,
      );
    }
    await page.keyboard.press("Escape");
    if (await dialog.isVisible()) await page.keyboard.press("Escape"); // the first closed a list in it
    await dialog.waitFor({ state: "detached" });
    await page.waitForFunction((el) => document.activeElement === el, await opener.elementHandle());
  });
});

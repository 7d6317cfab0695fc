import type { Page } from "playwright-core";

// What several journeys do, by clicks.

/** A CSV of people: up to 501 are engineers, from 202 on they are in Berlin. */
export function people(from: number, to: number): string {
  const lines = ["External ID,Name,Title,Location,Company domain"];
  for (let i = from; i <= to; i++)
    lines.push(
      `p${i},Ada Number${i},${i <= 501 ? "Engineer" : "Seller"},${i >= 202 ? "Berlin" : "Hamburg"},acme${i}.example`,
    );
  return `${lines.join("\n")}\n`;
}

/** Goes to a page by the bar at the side. */
export async function go(page: Page, place: string) {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: place, exact: true }).click();
}

/** Waits until the page of people counts so many. */
export async function counted(page: Page, people: number) {
  await go(page, "People");
  await page.getByText(`${people} people`, { exact: true }).waitFor();
}

/** Chooses a file in the wizard and goes on to its last step, before anything is written. */
export async function checkFile(page: Page, name: string, csv: string, entity: "People" | "Companies" = "People") {
  await go(page, "Import");
  await page.getByRole("main").locator("label", { hasText: entity }).click();
  const asked = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose a file" }).click();
  await (await asked).setFiles({ name, mimeType: "text/csv", buffer: Buffer.from(csv) });
  await page.getByRole("button", { name: "Next: how records match" }).click();
  await page.getByRole("button", { name: "Check the file" }).click();
}

/** Builds an audience of one condition. */
export async function audienceOf(page: Page, name: string, field: string, comparison: string, value: string) {
  await go(page, "Audiences");
  await page.getByRole("link", { name: "New audience" }).first().click();
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("button", { name: "Condition" }).click();
  await condition(page, 0, field, comparison, value);
}

/** Fills in the nth condition of the builder on screen. */
export async function condition(page: Page, n: number, field: string, comparison: string, value?: string) {
  await page.getByRole("combobox", { name: "Field" }).nth(n).click();
  await page.getByRole("option", { name: field, exact: true }).click();
  await page.getByRole("combobox", { name: "Comparison" }).nth(n).selectOption({ label: comparison });
  if (value === undefined) return;
  const input = page.locator("input[aria-label=Value]").nth(n);
  await input.fill(value);
  await input.blur(); // what is offered would lie over what comes next
}

/** The expression of the filter on screen, as text. */
export async function asText(page: Page) {
  const shown = page.getByRole("button", { name: "Hide the text" });
  if (!(await shown.isVisible())) await page.getByRole("button", { name: "As text" }).click();
  return page.getByRole("textbox", { name: "Expression" });
}

/** The text of an expression, as it stands in its editor. */
export const written = (page: Page) =>
  page
    .getByRole("textbox", { name: "Expression" })
    .locator(".cm-line")
    .allTextContents()
    .then((lines) => lines.join("\n"));

/** Writes an enrichment that finds work emails, on the page of a new one. */
export async function findEmail(page: Page, name: string, limit: string) {
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await page.getByRole("button", { name: "Choose a provider" }).click();
  await page
    .getByRole("group", { name: "Simulated provider" })
    .getByRole("menuitem", { name: /^Find work email at most/ })
    .click();
  await page.getByRole("textbox", { name: "Credits" }).fill(limit);
  await page.getByRole("button", { name: "Save, then try 10 rows" }).click();
}

/** Imports three people and drafts an enrichment that finds their work emails. */
export async function draftOf3(page: Page, url: string) {
  await page.goto(url);
  await checkFile(page, "people.csv", people(1, 3));
  await page.getByRole("button", { name: "Import 3 rows" }).click();
  await page.getByRole("link", { name: "Enrich them" }).click();
  await findEmail(page, "work-email", "100");
  await page.getByRole("button", { name: /^Buy up to 3 emails/ }).waitFor();
}

/** Pauses, and waits until nothing is in flight: the dialog then ends by itself. */
export async function pause(page: Page) {
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("button", { name: "Pause it" }).click();
  await page.getByText("paused · by a person").first().waitFor();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
}

/**
 * Does something as the next change leaves, and not before: what the page asks by itself would tell of it first, and
 * what is to be clicked would be covered, or off while it is not known yet.
 */
export async function asItLeaves(page: Page, does: () => Promise<void>) {
  let open = true;
  await page.route("**/api/**", async (route) => {
    if (open && route.request().method() !== "GET") {
      open = false;
      await does();
    }
    await route.fallback();
  });
}

/** Ends the session as the next change leaves. */
export const expires = (page: Page) => asItLeaves(page, () => page.context().clearCookies());

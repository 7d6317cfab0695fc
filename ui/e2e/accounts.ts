import { execFileSync } from "node:child_process";
import type { Page } from "playwright-core";
import { binary, type World } from "./harness";

export const password = "four words are enough";

/** The link by which whoever runs the server signs in first. */
export const firstLink = (w: World) =>
  execFileSync(binary, ["user", "link", "--db", w.db, "--url", w.url], { encoding: "utf8" }).trim();

/** Invites someone by clicks and gives the link that is shown. */
export async function invite({ page, url }: World, email: string, role: string) {
  await page.goto(`${url}/settings?tab=people`);
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  if (role !== "Viewer") {
    await page.getByRole("combobox", { name: "Role", exact: true }).first().click();
    await page.getByRole("option", { name: role, exact: true }).click();
  }
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByText(`The invitation of ${email}`).waitFor();
  return (await page.locator("code", { hasText: "#invite=" }).textContent()) ?? "";
}

/** Opens a link in a browser of its own and chooses a password. */
export async function join(w: World, link: string): Promise<Page> {
  const context = await w.browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(link);
  await page.getByRole("heading", { name: "Join this workspace" }).waitFor();
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("Once more").fill(password);
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("link", { name: "Data Hub" }).waitFor();
  return page;
}

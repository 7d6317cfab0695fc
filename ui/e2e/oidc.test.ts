import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { type Issuer, issuer, type Someone } from "./issuer";
import { expires } from "./walk";

const someone = (sub: string, email: string, verified = true): Someone => ({
  sub,
  email,
  email_verified: verified,
  name: sub,
});
const people = [
  someone("Ada", "ada@partner.example"),
  someone("Grace", "grace@acme.example"),
  someone("Eve", "eve@evil.example"),
  someone("Mallory", "mallory@acme.example", false),
];

describe.skipIf(!ready)("people sign in at an issuer", { timeout: 90_000 }, () => {
  let w: World;
  let at: Issuer;
  beforeAll(async () => {
    at = await issuer(people);
    const flags = ["--oidc-issuer", at.url, "--oidc-client-id", "fettle", "--oidc-allow-domain", "acme.example"];
    w = await world([], flags, { FETTLE_OIDC_CLIENT_SECRET: at.secret });
  });
  afterAll(async () => {
    await w?.stop();
    await at?.stop();
  });

  /** A browser of its own, on a page. */
  async function browser(path: string): Promise<Page> {
    const page = await (await w.browser.newContext()).newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`${w.url}${path}`);
    return page;
  }

  /** Goes to the issuer and clicks who one is there. */
  async function go(page: Page, choice: string) {
    await page.getByRole("link", { name: `Continue with ${at.host}` }).click();
    await page.getByRole("heading", { name: "Who are you?" }).waitFor();
    await page.getByRole("link", { name: choice }).click();
  }

  it("lets an invited person in, on the page that was asked for, without a password", async () => {
    await w.page.goto(`${w.url}/settings?tab=people`);
    await w.page.getByRole("textbox", { name: "Email" }).fill("ada@partner.example");
    await w.page.getByRole("combobox", { name: "Role", exact: true }).first().click();
    await w.page.getByRole("option", { name: "Admin" }).click();
    await w.page.getByRole("button", { name: "Invite" }).click();
    await w.page.getByText("The invitation of ada@partner.example").waitFor();
    const first = await browser("/sign-in");
    await go(first, "ada@partner.example");
    await first.getByText("ada@partner.example · admin").waitFor();
    await first.context().close();

    const page = await browser("/settings?tab=people");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await go(page, "ada@partner.example");
    await page.getByText(`ada@partner.example · by ${at.host}`).waitFor();
    expect(new URL(page.url()).pathname).toBe("/settings");
    await page.getByRole("button", { name: "Sign out" }).first().click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.context().close();
  });

  it("makes an account for an allowed domain, as a viewer", async () => {
    const page = await browser("/people");
    await go(page, "grace@acme.example");
    await page.getByText("grace@acme.example · viewer").waitFor();
    expect(new URL(page.url()).pathname).toBe("/people");
    await page.context().close();
  });

  it("says why someone is not let in, and lets them try again", async () => {
    const page = await browser("/sign-in");
    await go(page, "eve@evil.example");
    await page.getByRole("alert").getByText("You have no account here.").waitFor();
    await go(page, "mallory@acme.example");
    await page.getByRole("alert").getByText(`${at.host} has not verified your email.`).waitFor();
    await go(page, "Cancel");
    await page.getByRole("alert").getByText(`${at.host} did not let you through.`).waitFor();
    await page.goto(`${w.url}/api/v1/sign-in/oidc/callback?code=x&state=y`);
    await page.getByRole("alert").getByText("That attempt to sign in is no longer valid.").waitFor();
    await go(page, "grace@acme.example");
    await page.getByText("grace@acme.example · viewer").waitFor();
    await page.context().close();
  });

  it("signs in again in a tab beside, and goes on with what was sent", async () => {
    const page = await browser("/settings?tab=people");
    await go(page, "ada@partner.example");
    await page.getByRole("textbox", { name: "Email" }).fill("bob@acme.example");
    await expires(page);
    await page.getByRole("button", { name: "Invite" }).click();
    const again = page.getByRole("dialog", { name: "Your session has ended" });
    const [beside] = await Promise.all([
      page.context().waitForEvent("page"),
      again.getByRole("link", { name: `Continue with ${at.host}` }).click(),
    ]);
    await beside.getByRole("link", { name: "ada@partner.example" }).click();
    await beside.getByText("ada@partner.example · admin").waitFor();
    await beside.close();
    await again.waitFor({ state: "hidden" });
    await page.getByText("The invitation of bob@acme.example").waitFor(); // what was sent went on
    await page.context().close();
  });
});

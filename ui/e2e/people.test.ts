import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binary, ready, type World, world } from "./harness";

const password = "four words are enough";

describe.skipIf(!ready)("people sign in", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
  }, 30_000);
  afterAll(() => w?.stop());

  /** Invites someone by clicks and gives the link that is shown. */
  async function invite(email: string, role: string) {
    const { page } = w;
    await page.goto(`${w.url}/settings`);
    await page.getByRole("textbox", { name: "Email" }).fill(email);
    if (role !== "Viewer") {
      await page.getByRole("combobox", { name: "Role", exact: true }).first().click();
      await page.getByRole("option", { name: role }).click();
    }
    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByText(`The invitation of ${email}`).waitFor();
    return (await page.locator("code", { hasText: "#invite=" }).textContent()) ?? "";
  }

  /** Opens a link in a browser of its own and chooses a password. */
  async function join(link: string) {
    const context = await w.browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(link);
    await page.getByRole("heading", { name: "Join this workspace" }).waitFor();
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByLabel("Once more").fill(password);
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByRole("link", { name: "Data Hub" }).waitFor();
    return page;
  }

  it("lets whoever runs the server in by a link, once", async () => {
    const link = execFileSync(binary, ["user", "link", "--db", w.db, "--url", w.url], { encoding: "utf8" }).trim();
    await w.page.goto(link);
    await w.page.getByText("local · admin").waitFor();
    expect(w.page.url()).not.toContain("#");
    const other = await (await w.browser.newContext()).newPage();
    await other.goto(link);
    await other.getByText("the link has been used, or it is too old").waitFor();
    await other.close();
  });

  it("invites a viewer, who cannot spend, and asks everyone else who they are", async () => {
    const vera = await join(await invite("vera@acme.example", "Viewer"));
    await vera.getByText("vera@acme.example · viewer").waitFor();
    const status = await vera.evaluate(async () => {
      const answer = await fetch("/api/v1/credits/grants", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ credits: "5" }),
      });
      return answer.status;
    });
    expect(status).toBe(403);
    const stranger = await (await w.browser.newContext()).newPage();
    await stranger.goto(w.url);
    await stranger.getByRole("heading", { name: "Sign in" }).waitFor();
    await stranger.close();
    await vera.context().close();
  });

  it("asks to sign in again above a page, and keeps what was typed", async () => {
    const ada = await join(await invite("ada@acme.example", "Admin"));
    await ada.goto(`${w.url}/settings`);
    await ada.getByRole("textbox", { name: "Email" }).fill("bob@acme.example");
    await ada.context().clearCookies();
    await ada.getByRole("button", { name: "Invite" }).click();
    const again = ada.getByRole("dialog", { name: "Your session has ended" });
    await again.getByRole("textbox", { name: "Email" }).fill("ada@acme.example");
    await again.getByLabel("Password", { exact: true }).fill(password);
    await again.getByRole("button", { name: "Sign in", exact: true }).click();
    await again.waitFor({ state: "hidden" });
    expect(await ada.getByRole("textbox", { name: "Email" }).inputValue()).toBe("bob@acme.example");
    await ada.getByRole("button", { name: "Invite" }).click();
    await ada.getByText("The invitation of bob@acme.example").waitFor();
    await ada.getByRole("button", { name: "Sign out" }).first().click();
    await ada.getByRole("heading", { name: "Sign in" }).waitFor();
    await ada.context().close();
  });
});

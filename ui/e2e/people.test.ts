import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstLink, invite, join, password } from "./accounts";
import { ready, type World, world } from "./harness";
import { expires } from "./walk";

describe.skipIf(!ready)("people sign in", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
  });
  afterAll(() => w?.stop());

  it("lets whoever runs the server in by a link, once", async () => {
    const link = firstLink(w);
    await w.page.goto(link);
    await w.page.getByText("local · admin").waitFor();
    expect(w.page.url()).not.toContain("#");
    const other = await (await w.browser.newContext()).newPage();
    await other.goto(link);
    await other.getByText("the link has been used, or it is too old").waitFor();
    await other.close();
  });

  it("invites a viewer, and asks everyone else who they are", async () => {
    const vera = await join(w, await invite(w, "vera@acme.example", "Viewer"));
    await vera.getByText("vera@acme.example · viewer").waitFor();
    const stranger = await (await w.browser.newContext()).newPage();
    await stranger.goto(w.url);
    await stranger.getByRole("heading", { name: "Sign in" }).waitFor();
    await stranger.close();
    await vera.context().close();
  });

  it("asks to sign in again above a page, and goes on with what was sent", async () => {
    const ada = await join(w, await invite(w, "ada@acme.example", "Admin"));
    await ada.goto(`${w.url}/settings?tab=people`);
    await ada.getByRole("textbox", { name: "Email" }).fill("bob@acme.example");
    await expires(ada);
    await ada.getByRole("button", { name: "Invite" }).click();
    const again = ada.getByRole("dialog", { name: "Your session has ended" });
    await again.getByRole("textbox", { name: "Email" }).fill("ada@acme.example");
    await again.getByLabel("Password", { exact: true }).fill(password);
    await again.getByRole("button", { name: "Sign in", exact: true }).click();
    await again.waitFor({ state: "hidden" });
    await ada.getByText("The invitation of bob@acme.example").waitFor();
    await ada.getByRole("button", { name: "Sign out" }).first().click();
    await ada.getByRole("heading", { name: "Sign in" }).waitFor();
    await ada.context().close();
  });

  it("counts down after wrong passwords, and not in a browser that has signed in before", async () => {
    const eve = await join(w, await invite(w, "eve@acme.example", "Viewer"));
    await eve.getByRole("button", { name: "Sign out" }).first().click();
    await eve.getByRole("heading", { name: "Sign in" }).waitFor();
    const other = await (await w.browser.newContext()).newPage();
    other.setDefaultTimeout(30_000);
    await other.goto(`${w.url}/sign-in`);
    await other.getByRole("textbox", { name: "Email" }).fill("eve@acme.example");
    await other.getByLabel("Password", { exact: true }).fill("not the one");
    const enter = other.getByRole("button", { name: "Sign in", exact: true });
    for (let wrong = 0; wrong < 8; wrong++) {
      const answered = other.waitForResponse((r) => r.url().endsWith("/sign-in") && r.request().method() === "POST");
      await enter.click(); // once the button counts no more
      expect((await answered).status()).toBe(401);
    }
    await other.getByRole("button", { name: "Try again in 4 seconds" }).waitFor();
    await other.getByRole("button", { name: "Try again in 2 seconds" }).waitFor();

    await eve.getByRole("textbox", { name: "Email" }).fill("eve@acme.example");
    await eve.getByLabel("Password", { exact: true }).fill(password);
    await eve.getByRole("button", { name: "Sign in", exact: true }).click();
    await eve.getByText("eve@acme.example · viewer").waitFor();

    await other.getByLabel("Password", { exact: true }).fill(password);
    await enter.click();
    await other.getByText("eve@acme.example · viewer").waitFor();
    await other.context().close();
    await eve.context().close();
  });
});

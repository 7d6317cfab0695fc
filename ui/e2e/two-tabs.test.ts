import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";

describe.skipIf(!ready)("what two tabs change at once", () => {
  let w: World;
  const put = async (path: string, body: unknown, method = "PUT") => {
    const answer = await fetch(`${w.url}/api/v1${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(answer.ok).toBe(true);
    return answer.json();
  };
  const get = async (path: string) => (await fetch(`${w.url}/api/v1${path}`)).json();
  /** The other tab's change, after which this one has read the thing again by itself. */
  const followed = async (part: string, change: () => Promise<unknown>) => {
    const read = w.page.waitForResponse((r) => r.request().method() === "GET" && r.url().includes(part));
    await change();
    await (await read).finished();
  };
  const line = (when: string) => ({
    audience: ["all-people"],
    steps: [{ provider: "formula", formula: { value: "name" } }],
    outputs: { value: "location" },
    limit: { none: true },
    when,
  });
  beforeAll(async () => {
    w = await world();
    await put("/enrichments/line", line("filled(name)"));
  });
  afterAll(() => w?.stop());

  it("does not write an enrichment over unseen", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/line/edit`);
    await page.getByRole("textbox", { name: "Only run if" }).fill("filled(title)");
    await followed("/enrichments/line", () => put("/enrichments/line", line("filled(email)")));
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.getByText("line was changed by someone else since it was read here").first().waitFor();
    expect((await get("/enrichments/line")).definition.when).toBe("filled(email)");
    const differs = page.getByRole("table", { name: "What differs" });
    await differs.getByRole("row", { name: /filled\(email\) filled\(title\)/ }).waitFor();
    await page.getByRole("button", { name: "Keep mine" }).click();
    await page.waitForURL(/tab=start/);
    expect((await get("/enrichments/line")).definition.when).toBe("filled(title)");
  });

  it("does not write an audience over unseen, and takes theirs where one says so", async () => {
    const { page } = w;
    const berlin = { entity: "people", description: "Whom we visit" };
    await put("/audiences", { label: "Berlin", where: 'location == "Berlin"', ...berlin }, "POST");
    await page.goto(`${w.url}/audiences/berlin?tab=filter`);
    await page.getByRole("textbox", { name: "Description" }).fill("Whom I visit");
    const theirs = { ...berlin, where: 'location == "Berlin"', description: "Whom they visit" };
    await followed("/audiences/berlin", () => put("/audiences/berlin", theirs));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const differs = page.getByRole("table", { name: "What differs" });
    await differs.getByRole("row", { name: "Description Whom they visit Whom I visit" }).waitFor();
    await page.getByRole("button", { name: "Take theirs" }).click();
    await expect.poll(() => page.getByRole("textbox", { name: "Description" }).inputValue()).toBe("Whom they visit");
    await differs.waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "Rename Berlin" }).click();
    const rename = page.getByRole("dialog", { name: "Rename Berlin" });
    await rename.getByRole("textbox", { name: "Name" }).fill("Mine");
    await put("/audiences/berlin", { ...berlin, where: 'location == "Bonn"' }); // something else of it
    await rename.getByRole("button", { name: "Rename" }).click();
    await page.getByRole("button", { name: "Rename Mine" }).click();
    const again = page.getByRole("dialog", { name: "Rename Mine" });
    await again.getByRole("textbox", { name: "Name" }).fill("Mine again");
    await put("/audiences/berlin", { label: "Theirs" }, "PATCH");
    await again.getByRole("button", { name: "Rename" }).click();
    await again.getByRole("row", { name: "Name Theirs Mine again" }).waitFor();
    expect(await get("/audiences/berlin")).toMatchObject({ label: "Theirs", where: 'location == "Bonn"' });
    await again.getByRole("button", { name: "Keep mine" }).click();
    await page.getByRole("heading", { name: "Mine again" }).waitFor();
  });

  it("does not write a channel over unseen", async () => {
    const { page } = w;
    await put("/channels", { label: "Team", name: "team", webhook: "https://hooks.acme.example/in" }, "POST");
    await page.goto(`${w.url}/settings?tab=channels`);
    await page.getByRole("button", { name: "Change Team" }).click();
    const dialog = page.getByRole("dialog", { name: "Change Team" });
    await dialog.getByRole("textbox", { name: "Only what belongs to" }).fill("ada");
    await followed("/channels", () => put("/channels/team", { owner: "bob" }, "PATCH"));
    await dialog.getByRole("button", { name: "Change it" }).click();
    await dialog.getByRole("row", { name: "Only what belongs to bob ada" }).waitFor();
    await dialog.getByRole("button", { name: "Keep mine" }).click();
    await dialog.waitFor({ state: "hidden" });
    expect((await get("/channels")).items[0].owner).toBe("ada");
  });

  it("does not write a field over unseen, although its list has followed", async () => {
    const { page } = w;
    await put("/people", { source: "crm", records: [{ external_id: "1", name: "Ada One" }] }, "POST");
    await page.goto(`${w.url}/people`);
    await page.getByRole("button", { name: /^Name / }).click();
    await page.getByRole("menuitem", { name: "Edit field…" }).click();
    const dialog = page.getByRole("dialog", { name: "Edit Name" });
    await dialog.getByRole("textbox", { name: "Description" }).fill("Mine");
    const theirs = { label: "Name", description: "Theirs", key: true };
    await followed("/fields?", () => put("/fields/people/name", theirs));
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByRole("row", { name: "Description Theirs Mine" }).waitFor();
    await dialog.getByRole("button", { name: "Take theirs" }).click();
    await expect.poll(() => dialog.getByRole("textbox", { name: "Description" }).inputValue()).toBe("Theirs");
  });

  it("does not write a saved view over unseen", async () => {
    const { page } = w;
    const view = await put("/views", { entity: "people", name: "Short", look: {} }, "POST");
    await page.goto(`${w.url}/people?view=${view.id}`);
    await page.getByRole("button", { name: /^Name / }).click();
    await page.getByRole("menuitem", { name: "Sort ascending" }).click();
    const changed = page.getByRole("button", { name: "View: Short *, changed" });
    await changed.waitFor();
    await followed("/views?", () => put(`/views/${view.id}`, { look: { sort: "title" } }, "PATCH"));
    await changed.click();
    await page.getByRole("menuitem", { name: "Save the changes to Short" }).click();
    const dialog = page.getByRole("dialog", { name: "Save the changes to Short" });
    await dialog.getByRole("row", { name: /^Sorted by title.* name/ }).waitFor();
    await dialog.getByRole("button", { name: "Keep mine" }).click();
    await dialog.waitFor({ state: "hidden" });
    expect((await get("/views?entity=people")).items[0].look.sort).toBe("name");
  });

  it("does not write a provider's price over unseen", async () => {
    const { page } = w;
    await page.goto(`${w.url}/providers?provider=hunter`);
    const price = page.getByLabel(/^One .* costs, in credits$/);
    await price.fill("3");
    await followed("/providers", () => put("/providers/hunter/connection", { unit_credits: "2" }));
    const form = page.locator("form", { has: price });
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByRole("row", { name: "Costs, in credits 2 3" }).waitFor();
    await form.getByRole("button", { name: "Take theirs" }).click();
    await expect.poll(() => price.inputValue()).toBe("2");
  });

  it("show what was changed before they followed", async () => {
    const page = await w.page.context().newPage();
    let open = () => {};
    const held = new Promise<void>((go) => {
      open = go;
    });
    await page.route("**/api/v1/events", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${w.url}/enrichments`);
    await page.getByRole("link", { name: "line", exact: true }).waitFor();
    await put("/enrichments/other", line("filled(name)"));
    open();
    await page.getByRole("link", { name: "other", exact: true }).waitFor();
    await page.close();
  });
});

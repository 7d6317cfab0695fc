import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";

describe.skipIf(!ready)("what two tabs change at once", () => {
  let w: World;
  const put = async (path: string, body: unknown) => {
    const answer = await fetch(`${w.url}/api/v1${path}`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return answer.json();
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
    await put("/enrichments/line", line("filled(email)")); // the other tab
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.getByText("line was changed by someone else since it was read here").first().waitFor();
    const now = await (await fetch(`${w.url}/api/v1/enrichments/line`)).json();
    expect(now.definition.when).toBe("filled(email)");
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

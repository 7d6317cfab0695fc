import type { Page, Response } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";

describe.skipIf(!ready)("on the wire", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
  });
  afterAll(() => w?.stop());

  /** Opens an address in a browser that knows nothing, and gives what it received. */
  async function received(path: string): Promise<{ page: Page; answers: Response[] }> {
    const page = await (await w.browser.newContext()).newPage();
    page.setDefaultTimeout(30_000);
    const answers: Response[] = [];
    page.on("response", (r) => answers.push(r));
    await page.goto(w.url + path);
    await page.getByRole("main").getByRole("heading").first().waitFor();
    await page.waitForLoadState("load");
    return { page, answers };
  }

  it("gets the first page in less than 250 KB, compressed, to keep", async () => {
    const { page, answers } = await received("/");
    let bytes = 0;
    for (const a of answers.filter((r) => ["document", "script", "stylesheet"].includes(r.request().resourceType()))) {
      bytes += (await a.request().sizes()).responseBodySize;
      if (!a.url().includes("/assets/") || Number((await a.allHeaders())["content-length"]) < 1024) continue;
      const headers = await a.allHeaders();
      expect(headers["content-encoding"], a.url()).toBe("br");
      expect(headers.vary).toBe("Accept-Encoding");
      expect(headers["cache-control"]).toContain("immutable");
    }
    expect(bytes).toBeGreaterThan(100 * 1024);
    expect(bytes).toBeLessThan(250 * 1024);
    await page.close();
  });

  it("gets long answers of the API compressed, and the stream of events as it is", async () => {
    const { page, answers } = await received("/providers");
    const providers = answers.find((r) => r.url().endsWith("/api/v1/providers"));
    expect((await providers?.allHeaders())?.["content-encoding"]).toBe("gzip");
    const events = answers.find((r) => r.url().endsWith("/api/v1/events"));
    expect((await events?.allHeaders())?.["content-encoding"]).toBeUndefined();
    await page.close();
  });

  it.each([
    ["/", "HubPage"],
    ["/people", "RecordsPage"],
    ["/audiences/all-people", "AudiencePage"],
    ["/settings", "SettingsPage"],
  ])("fetches the code of %s beside the entry's", async (path, chunk) => {
    const html = await (await fetch(w.url + path, { headers: { Accept: "text/html" } })).text();
    expect(html).toContain(`rel="modulepreload" crossorigin href="/assets/${chunk}-`);
    const { page, answers } = await received(path);
    const codes = answers.filter((r) => r.url().includes(`/assets/${chunk}-`) && r.url().endsWith(".js"));
    expect(codes.length).toBe(1); // and not a second time
    await page.close();
  });
});

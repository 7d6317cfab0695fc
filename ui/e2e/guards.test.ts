import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { checkFile, findEmail, people } from "./walk";

describe.skipIf(!ready)("guards", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    const { page } = w;
    await page.goto(w.url);
    await checkFile(page, "people.csv", people(1, 3));
    await page.getByRole("button", { name: "Import 3 rows" }).click();
    await page.getByRole("link", { name: "Enrich them" }).click();
    await findEmail(page, "work-email", "100");
    await page.getByRole("button", { name: /^Buy up to 3 emails/ }).waitFor();
  });
  afterAll(() => w?.stop());

  /** The guards that the enrichment has, as the server says. */
  const levels = async () => {
    const v = await (await fetch(`${w.url}/api/v1/enrichments/work-email`)).json();
    return v.definition.guards;
  };

  it("keep their usual levels until somebody sets one", async () => {
    const { page } = w;
    expect(await levels()).toBeUndefined();
    await page.goto(`${w.url}/enrichments/work-email/edit`);
    await page.getByText("Guards: the usual levels").click();
    await page.getByRole("textbox", { name: "Failed rows" }).fill("0");
    await page.getByRole("textbox", { name: "Records entering" }).fill("8");
    await page.getByText("Guards: records entering 8, failed rows off").waitFor();
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.waitForURL(/enrichments\/work-email(\?|$)/);
    expect(await levels()).toEqual({ entering: 8, failed: 0 });
  });
});

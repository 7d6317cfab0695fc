import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { draftOf3 } from "./walk";

describe.skipIf(!ready)("guards", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    await draftOf3(w.page, w.url);
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
    await page.getByText(/^More: buying again/).click();
    await page.getByText("Safety stops: the usual ones").click();
    await page.getByRole("textbox", { name: "Failed rows" }).fill("0");
    await page.getByRole("textbox", { name: "Records entering" }).fill("8");
    await page.getByText("Safety stops: records entering 8, failed rows off").waitFor();
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.waitForURL(/enrichments\/work-email(\?|$)/);
    expect(await levels()).toEqual({ entering: 8, failed: 0 });
  });
});

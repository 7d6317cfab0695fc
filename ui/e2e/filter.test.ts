import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { condition, go } from "./walk";

const lists = {
  staff: "Name,Email\nAnn Lee,ann@acme.example\nBob Roe,bob@acme.example\n",
  guests: "Name,Email\nXen Ito,xen@ito.example\n",
};

describe.skipIf(!ready)("a filter by time and source", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    for (const [source, body] of Object.entries(lists)) {
      const address = `${w.url}/api/v1/imports?entity=people&file=${source}.csv&source=${source}`;
      const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "text/csv" }, body });
      expect(answer.ok).toBe(true);
    }
    await w.page.goto(w.url);
    await go(w.page, "People");
  });
  afterAll(() => w?.stop());

  const open = async () => {
    await w.page.getByRole("button", { name: /^Filter/ }).click();
    await w.page.getByRole("dialog", { name: "Filter" }).waitFor();
  };
  const found = (n: string) => w.page.getByText(n, { exact: true }).waitFor();

  it("is built by hand: where a value comes from", async () => {
    const { page } = w;
    await open();
    await condition(page, 0, "Email", "comes from");
    const source = page.getByRole("combobox", { name: "Source" });
    await source.click();
    await page.getByRole("option", { name: "guests" }).click();
    await found("1 match");
    await page.getByRole("gridcell", { name: "Xen Ito" }).waitFor();
    await condition(page, 0, "Email", "does not come from");
    await found("2 match");
  });

  it("is built by hand: when a record was made and changed", async () => {
    const { page } = w;
    await condition(page, 0, "Record created", "is within the last");
    await found("3 match");
    await condition(page, 0, "Record changed", "is longer ago than");
    await found("0 match");
    // The address holds it, and it comes back as it was built.
    await page.reload();
    await found("0 match");
    await open();
    await condition(page, 0, "Record changed", "is within the last");
    await found("3 match");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";
import { draftOf3 } from "./walk";

describe.skipIf(!ready)("a schedule", () => {
  let w: World;
  beforeAll(async () => {
    w = await world(["--latency", "5ms"]);
    await draftOf3(w.page, w.url);
  });
  afterAll(() => w?.stop());

  const view = async () => (await fetch(`${w.url}/api/v1/enrichments/work-email`)).json();

  it("is set in the editor, and what is wrong with it is said", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/work-email/edit`);
    await page.getByText(/^More: buying again/).click();
    await page.getByRole("combobox", { name: "When new and changed records are asked about" }).click();
    await page.getByRole("option", { name: "at the times of a cron line" }).click();
    await page.getByRole("textbox", { name: "Cron" }).fill("0 6 1 1 *");
    await page.getByRole("textbox", { name: "Time zone" }).fill("Europe/Brelin");
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page
      .getByText(/no time zone/)
      .first()
      .waitFor();
    await page.getByRole("textbox", { name: "Time zone" }).fill("Europe/Berlin");
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.waitForURL(/enrichments\/work-email(\?|$)/);
    expect((await view()).definition.schedule).toEqual({ cron: "0 6 1 1 *", zone: "Europe/Berlin" });
  });

  it("holds what is due until its time, or until somebody runs it now", async () => {
    const { page } = w;
    await page.goto(`${w.url}/enrichments/work-email?tab=start`);
    await page.getByRole("button", { name: /^Buy up to 3 emails/ }).click();
    const schedule = page.getByRole("region", { name: "Schedule" });
    await schedule.getByText("3 rows wait for the next.").waitFor();
    await schedule.getByText(/Jan 1,? 06:00/).waitFor();
    expect((await view()).paid_rows).toBe(0);
    await schedule.getByRole("button", { name: "Run now" }).click();
    await schedule.getByRole("cell", { name: "done" }).waitFor();
    const [tick] = (await view()).ticks;
    expect(tick.to_run).toBe(3);
    expect((await view()).paid_rows + (await view()).rows.not_found).toBe(3);
  });
});

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binary, ready, type World, world } from "./harness";
import { go } from "./walk";

describe.skipIf(!ready)("200 fields", () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
    const fields = Array.from({ length: 200 }, (_, n) => `Fact number ${String(n).padStart(3, "0")} of a person`);
    const file = join(dirname(w.db), "wide.csv");
    const rows = Array.from(
      { length: 12 },
      (_, r) => `w${r},Person ${r},${fields.map((_, n) => (n < 190 || r < n - 190 ? `v${n}` : "")).join(",")}`,
    );
    writeFileSync(file, [["External ID,Name", ...fields].join(","), ...rows].join("\n"));
    execFileSync(binary, ["import", file, "--entity", "people", "--create-fields", "--server", w.url], {
      stdio: "pipe",
    });
    await w.page.goto(w.url);
  });
  afterAll(() => w?.stop());

  it("finds a field of the Data Hub, narrows to gaps, sorts", async () => {
    const { page } = w;
    const table = page.getByRole("table");
    const first = () => table.getByRole("row").nth(1).textContent();
    await page.getByRole("textbox", { name: "Search fields" }).fill("number 19");
    await page.getByText(/^12 of \d+ fields$/).waitFor(); // 019, 119 and 190 to 199
    expect(await table.getByRole("row").count()).toBe(13);
    await page.getByRole("columnheader", { name: "Fill rate" }).getByRole("button").click();
    expect(await first()).toContain("Fact number 190");
    await page.getByRole("columnheader", { name: "Fill rate" }).getByRole("button").click();
    expect(await first()).toContain("Fact number 019");
    await page.getByRole("textbox", { name: "Search fields" }).fill("number 018");
    await page.getByText("Only gaps", { exact: true }).click();
    await page.getByText("No matching fields.").waitFor();
    await page.getByText("Only gaps", { exact: true }).click();
    await page.getByText("Fact number 018 of a person").click();
    await page.getByRole("dialog").getByText("Fact number 018 of a person").first().waitFor();
    await page.keyboard.press("Escape");
  });

  it("finds a column among as many", async () => {
    const { page } = w;
    await go(page, "People");
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("textbox", { name: "Find a column" }).fill("number 042");
    await page.getByRole("checkbox", { name: "Fact number 042 of a person" }).waitFor();
  });
});

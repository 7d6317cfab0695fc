import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ready, type World, world } from "./harness";

describe.skipIf(!ready)("a gap that an enrichment fills elsewhere", () => {
  let w: World;
  const send = async (method: string, path: string, body: unknown) => {
    const answer = await fetch(`${w.url}/api/v1${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(answer.status, `${path}: ${await answer.clone().text()}`).toBeLessThan(300);
    return answer.json();
  };
  beforeAll(async () => {
    w = await world();
    const records = [...Array(6)].map((_, i) => ({
      external_id: `p${i}`,
      name: `Person ${i}`,
      location: i < 2 ? "Berlin" : "Paris",
    }));
    await send("POST", "/people", { records, source: "csv" });
    await send("POST", "/audiences", { label: "In Berlin", entity: "people", where: 'location == "Berlin"' });
    await send("POST", "/enrichments", {
      label: "Titles",
      audience: ["in-berlin"],
      steps: [{ provider: "formula", formula: { line: "name" } }],
      outputs: { line: "title" },
      limit: { credits: "5" },
    });
    await send("POST", "/enrichments/titles/start", { confirm: true });
    await w.page.goto(`${w.url}/?field=title`);
  });
  afterAll(() => w?.stop());

  it("is closed by adding the audience, after a pause that the same button asks for", async () => {
    const { page } = w;
    await page.getByText("Titles is live on In Berlin, not on All people.").waitFor();
    await page.getByRole("button", { name: "Pause and add All people" }).click();
    await page
      .getByRole("dialog", { name: "Pause Titles?" })
      .getByRole("button", { name: /^Pause and/ })
      .click();
    const point = page.getByRole("dialog", { name: "Point Titles at another audience" });
    await point.getByRole("button", { name: "Point at In Berlin, All people" }).click();
    await point.waitFor({ state: "hidden" });
    await page.getByText("not on All people").waitFor({ state: "hidden" });
    const view = await (await fetch(`${w.url}/api/v1/enrichments/titles`)).json();
    expect(view.audience).toEqual(["in-berlin", "all-people"]);
    expect(view.state).toBe("paused");
  });
});

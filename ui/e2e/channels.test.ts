import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstLink } from "./accounts";
import { ready, type World, world } from "./harness";
import { audienceOf, checkFile } from "./walk";

type Arrived = { headers: IncomingHttpHeaders; body: string };

describe.skipIf(!ready)("channels", () => {
  let w: World;
  let receiver: Server;
  let address: string;
  const arrived: Arrived[] = [];
  const waiting: (() => void)[] = [];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        arrived.push({ headers: request.headers, body });
        response.statusCode = 204;
        response.end();
        for (const w of waiting.splice(0)) w();
      });
    });
    await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
    address = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    w = await world([], ["--allow-host", address]);
    await w.page.goto(firstLink(w));
    await w.page.getByText("local · admin").waitFor();
  });
  afterAll(async () => {
    await w?.stop();
    receiver?.close();
  });

  /** The nth message, when it has come. */
  async function message(n: number): Promise<Arrived> {
    while (arrived.length < n) await new Promise<void>((done) => waiting.push(done));
    return arrived[n - 1] as Arrived;
  }

  it("makes a webhook, tries it, and shows what became of it", async () => {
    const { page } = w;
    await page.goto(`${w.url}/settings?tab=channels`);
    await page.getByText("No channels yet. Notifications appear only in this app.").waitFor();
    await page.getByRole("textbox", { name: "Channel", exact: true }).fill("crm");
    await page.getByRole("combobox", { name: "Kind" }).click();
    await page.getByRole("option", { name: "Webhook" }).click();
    await page.getByRole("textbox", { name: "Address", exact: true }).fill(`http://${address}/hook`);
    await page.getByRole("button", { name: "Make a channel" }).click();
    const secret = await page.getByText(/^whsec_/).textContent();

    await page.getByRole("button", { name: "Test crm" }).click();
    await page.getByText("The test arrived.").waitFor();
    const first = await message(1);
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = first.headers;
    const key = Buffer.from((secret ?? "").slice("whsec_".length), "base64");
    const signed = createHmac("sha256", key).update(`${id}.${at}.${first.body}`).digest("base64");
    expect(signature).toBe(`v1,${signed}`);
    expect(JSON.parse(first.body)).toMatchObject({ type: "channel.test", data: { sample: true } });

    await page.getByRole("button", { name: "Log of crm" }).click();
    const log = page.getByRole("dialog", { name: "What went to crm" });
    await log.getByText(`channel.test, ${id}`).waitFor();
    await log.getByText("sent", { exact: true }).waitFor();
    await log.getByRole("combobox", { name: "Only what is" }).click();
    await page.getByRole("option", { name: "given up" }).click();
    await log.getByText("Nothing is in this state.").waitFor();
    await log.getByRole("combobox", { name: "Only what is" }).click();
    await page.getByRole("option", { name: "sent", exact: true }).click();
    await log.getByRole("button", { name: `Send ${id} again` }).click();
    const again = await message(2);
    expect(again.headers["webhook-id"]).toBe(id);
    expect(again.body).toBe(first.body);
    await page.keyboard.press("Escape");

    await page.reload();
    await page.getByText(`Webhook to ${address}`).first().waitFor();
    expect(await page.getByText(/whsec_/).count()).toBe(0);
    await page.getByRole("button", { name: "Take crm away" }).click();
    await page.getByRole("button", { name: "Take it away" }).click();
    await page.getByText("No channels yet. Notifications appear only in this app.").waitFor();
  });

  it("tells who enters an audience, and keeps it in the log", async () => {
    const { page } = w;
    const had = arrived.length;
    await audienceOf(page, "bosses", "Title", "is", "Boss");
    await page.getByRole("button", { name: "Save audience" }).click();
    await page.getByRole("heading", { name: "bosses" }).waitFor();
    await page.goto(`${w.url}/settings?tab=channels`);
    await page.getByRole("textbox", { name: "Channel", exact: true }).fill("entered");
    await page.getByRole("combobox", { name: "Kind" }).click();
    await page.getByRole("option", { name: "Webhook" }).click();
    await page.getByRole("textbox", { name: "Address", exact: true }).fill(`http://${address}/hook`);
    await page.getByRole("combobox", { name: "Only on" }).click();
    await page.getByRole("option", { name: "who enters bosses" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Make a channel" }).click();
    await page.getByText(/^whsec_/).waitFor();
    await checkFile(page, "people.csv", "External ID,Name,Title\n1,Ann Lee,Boss\n2,Bob Ray,Clerk\n");
    await page.getByRole("button", { name: "Import 2 rows" }).click();
    const told = JSON.parse((await message(had + 1)).body);
    expect(told.type).toBe("record.entered");
    expect(told.data).toMatchObject({ audience: "bosses", entity: "people", records: [{ name: "Ann Lee" }] });
    await page.goto(`${w.url}/settings?tab=channels`);
    await page.getByRole("button", { name: "Log of entered" }).click();
    const log = page.getByRole("dialog", { name: "What went to entered" });
    await log.getByText(/record\.entered/).waitFor();
    await log.getByText("sent", { exact: true }).waitFor();
    await log.getByText(/Ann Lee/).waitFor();
  });
});

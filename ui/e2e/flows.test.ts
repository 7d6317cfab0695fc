import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstLink } from "./accounts";
import { ready, type World, world } from "./harness";
import { go } from "./walk";

type Input = { id: string; properties?: Record<string, string> };

/** Contacts as HubSpot keeps them: read and updated by the hundred. */
const contacts: Record<string, Record<string, string>> = {
  "501": { jobtitle: "" },
  "502": { jobtitle: "Head of Sales" },
};

describe.skipIf(!ready)("sources and destinations", () => {
  let w: World;
  let crm: Server;
  let address: string;
  const inbox = mkdtempSync(join(tmpdir(), "fettle-inbox-"));
  const file = (text: string) => writeFileSync(join(inbox, "team.csv"), text);

  beforeAll(async () => {
    crm = createServer((request, response) => {
      let text = "";
      request.on("data", (part) => {
        text += part;
      });
      request.on("end", () => {
        const { inputs } = JSON.parse(text) as { inputs: Input[] };
        const there = inputs.filter((i) => contacts[i.id]);
        for (const i of there) Object.assign(contacts[i.id] ?? {}, i.properties);
        const missing = inputs.filter((i) => !contacts[i.id]).map((i) => i.id);
        response.statusCode = missing.length > 0 ? 207 : 200;
        response.setHeader("Content-Type", "application/json");
        response.end(
          JSON.stringify({
            status: "COMPLETE",
            results: there.map((i) => ({ id: i.id, properties: contacts[i.id] })),
            errors:
              missing.length > 0
                ? [{ category: "OBJECT_NOT_FOUND", message: "No such contact", context: { ids: missing } }]
                : [],
          }),
        );
      });
    });
    await new Promise<void>((done) => crm.listen(0, "127.0.0.1", done));
    address = `127.0.0.1:${(crm.address() as AddressInfo).port}`;
    w = await world([], ["--allow-host", address, "--inbox", inbox]);
    await w.page.goto(firstLink(w));
    await w.page.getByText("local · admin").waitFor();
  });
  afterAll(async () => {
    await w?.stop();
    crm?.close();
    rmSync(inbox, { recursive: true, force: true });
  });

  /** What has no place in the app yet: documents, and records in bulk. */
  async function prepared(method: string, path: string, body: unknown) {
    const answer = await w.page.evaluate(
      async ([method, path, body]) => {
        const r = await fetch(`/api/v1${path}`, { method, headers: { "Content-Type": "application/json" }, body });
        return { ok: r.ok, text: await r.text() };
      },
      [method, path, JSON.stringify(body)] as const,
    );
    expect(answer.ok, answer.text).toBe(true);
  }

  it("writes what is blank in a CRM after a dry run, and shows what became of each", async () => {
    const { page } = w;
    await prepared("POST", "/people", {
      source: "crm",
      records: [
        { external_id: "501", name: "Ada One", title: "VP Sales" },
        { external_id: "502", name: "Bob Two", title: "VP Ops" },
        { external_id: "509", name: "Cy Nine", title: "VP Law" },
      ],
    });
    const document = `apiVersion: fettle/v1
kind: Source
name: web-forms
entity: people
fields: {email: body.email, name: body.name}
`;
    await prepared("POST", "/apply", { documents: document });

    await go(page, "Sources and destinations");
    await page.getByRole("region", { name: "Sources" }).getByText("web-forms", { exact: true }).waitFor();
    const outs = page.getByRole("region", { name: "Destinations" });
    await page.getByRole("button", { name: "New destination" }).click();
    const form = page.getByRole("dialog", { name: "New destination" });
    await form.getByLabel("Name", { exact: true }).fill("Our HubSpot");
    await form.getByRole("button", { name: "Make it" }).click();
    await form.getByText("Choose whose records are sent.").waitFor();
    await form.getByRole("combobox", { name: "Whose records" }).click();
    await page.getByRole("option", { name: "All people" }).click();
    await form.getByLabel("What is set, line 1").fill("jobtitle");
    await form.getByLabel("From our field, line 1").fill("titel");
    await form.getByRole("button", { name: "Make it" }).click();
    await form.getByText('no field "titel"', { exact: false }).waitFor();
    await form.getByLabel("From our field, line 1").fill("title");
    await form.getByRole("button", { name: "Make it" }).click();

    const dialog = page.getByRole("dialog", { name: "Our HubSpot", exact: true });
    await dialog.getByText("It needs its key first.").waitFor();
    await dialog.getByLabel("Another address").fill(`http://${address}`);
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText(address, { exact: false }).first().waitFor();
    await dialog.getByLabel("Key of HubSpot contacts").fill("pat-1");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByPlaceholder("It has one; type another to replace it").waitFor();
    await dialog.getByRole("button", { name: "Dry run" }).click();
    await dialog.getByText("3 of 3 records looked at", { exact: false }).waitFor();
    await dialog.getByRole("row", { name: "would be written 1" }).waitFor();
    expect(contacts["501"]?.jobtitle).toBe("");

    await dialog.getByRole("button", { name: "Turn it on" }).click();
    const asked = page.getByRole("dialog", { name: "Turn Our HubSpot on?" });
    await asked.getByRole("row", { name: "not there 1" }).waitFor();
    await asked.getByLabel("The 3 records of All people now", { exact: false }).waitFor();
    await asked.getByRole("button", { name: "Write them" }).click();
    await dialog.getByText("jobtitle: blank → VP Sales").waitFor();
    await dialog.getByRole("table", { name: "What was sent" }).getByText("not there", { exact: true }).waitFor();
    expect(contacts).toMatchObject({ "501": { jobtitle: "VP Sales" }, "502": { jobtitle: "Head of Sales" } });
    await dialog.getByText("Turn it off to change what it sends.").waitFor();

    await dialog.getByRole("button", { name: "Turn it off" }).click();
    await dialog.getByRole("button", { name: "Turn it on" }).waitFor();
    await page.keyboard.press("Escape");
    const made = page.getByRole("button", { name: "New destination" });
    await expect.poll(() => made.evaluate((b) => b.matches(":focus"))).toBe(true);
    await outs
      .getByRole("row", { name: /Our HubSpot/ })
      .getByText("off", { exact: true })
      .waitFor();
  });

  it("changes a destination while it is off, and takes it away", async () => {
    const { page } = w;
    await page.getByRole("button", { name: "Open Our HubSpot" }).click();
    const dialog = page.getByRole("dialog", { name: "Our HubSpot", exact: true });
    await dialog.getByRole("button", { name: "Change" }).click();
    const form = page.getByRole("dialog", { name: "Change Our HubSpot" });
    await form.getByRole("button", { name: "Another" }).click();
    await page.keyboard.type("city");
    await form.getByLabel("From our field, line 2").fill("location");
    await form.getByLabel("What is sent of it changes").uncheck();
    await form.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("city from Location", { exact: false }).waitFor();
    await dialog.getByText("as records enter.", { exact: false }).waitFor();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove it" }).click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByRole("region", { name: "Destinations" }).waitFor({ state: "hidden" });
  });

  it("gives a source an address and a token, and shows what came by it", async () => {
    const { page } = w;
    await page.getByRole("button", { name: "Address of web-forms" }).click();
    const dialog = page.getByRole("dialog", { name: "Send records to web-forms" });
    await dialog.getByRole("button", { name: "Make a token" }).click();
    const token = await dialog.getByText(/^fth_/).textContent();
    const sent = await fetch(`${w.url}/hooks/web-forms`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify({ email: "eve@acme.com", name: "Eve New" }),
    });
    expect(await sent.json()).toMatchObject({ records: [{ outcome: "created" }] });
    await page.keyboard.press("Escape");
    const row = page.getByRole("row", { name: /web-forms/ });
    await row.getByText("on", { exact: true }).waitFor();
    await row.getByRole("cell", { name: "1", exact: true }).waitFor();
  });

  it("reads a file after a dry run, and asks before other columns", async () => {
    const { page } = w;
    file("External ID,Name,Title\nt1,Fay File,VP\nt2,Gus File,CTO\n");
    const document = `apiVersion: fettle/v1
kind: Source
name: team
label: Our team
entity: people
file: {path: team.csv, schedule: {every: 1d, at: "06:00", zone: Europe/Berlin}}
`;
    await prepared("POST", "/apply", { documents: document });
    await page.reload();
    const row = page.getByRole("region", { name: "Sources" }).getByRole("row", { name: /Our team/ });
    await row.getByRole("button").first().click();
    const dialog = page.getByRole("dialog", { name: /Our team/ });
    await dialog.getByRole("button", { name: "Dry run" }).click();
    await dialog.getByText("2 rows: 2 created, 0 updated, 0 merged, 0 unchanged. Nothing was written.").waitFor();
    await dialog.getByRole("button", { name: "Read it now" }).click();
    await dialog.getByText("Imported", { exact: true }).waitFor();
    await dialog.getByText("The last import had 2 rows.", { exact: false }).waitFor();

    file("External ID,Name,Role\nt1,Fay File,VP\n");
    await dialog.getByRole("button", { name: "Read it now" }).click();
    await dialog.getByRole("button", { name: "Read it with these columns" }).waitFor();
    await dialog.getByText("failing", { exact: true }).waitFor();
    expect(await dialog.getByRole("alert").count()).toBe(1); // what went wrong is said once
    await page.keyboard.press("Escape");
    await row.getByText("failing", { exact: true }).waitFor();
  });
});

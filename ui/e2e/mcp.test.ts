import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binary, books, freePort, ready, run, type World, world } from "./harness";

// Another client than the one of the server's own library.
describe.runIf(ready)("an agent with the client of others", () => {
  let w: World;
  let token: string;

  const api = async (method: string, path: string, body?: unknown, auth?: string) => {
    const answer = await fetch(`${w.url}/api/v1${path}`, {
      method,
      headers: { "Content-Type": "application/json", ...(auth ? { Authorization: `Bearer ${auth}` } : {}) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    expect(answer.status, `${method} ${path}: ${await answer.clone().text()}`).toBeLessThan(300);
    return answer.json();
  };

  const answer = async (c: Client, name: string, args: Record<string, unknown>) => {
    const res = await c.callTool({ name, arguments: args });
    const text = (res.content as { text: string }[])[0]?.text ?? "";
    let told: Record<string, unknown>;
    try {
      told = JSON.parse(text);
    } catch {
      told = { message: text };
    }
    return { refused: res.isError === true, told };
  };

  beforeAll(async () => {
    w = await world();
    await api("PUT", "/providers/sandbox/connection", { unit_credits: "1" });
    const records = Array.from({ length: 12 }, (_, i) => ({
      external_id: `p${i}`,
      name: `Ada ${String.fromCharCode(65 + i)}ovelace`,
      company_domain: `acme${i}.example`,
    }));
    await api("POST", "/people", { source: "crm", records });
    await api("PUT", "/enrichments/work-email", {
      audience: ["all-people"],
      steps: [{ provider: "sandbox/find_email", inputs: { full_name: "name", company_domain: "company_domain" } }],
      outputs: { email: "email" },
      limit: { credits: "100", per: "lifetime" },
    });
    ({ secret: token } = await api("POST", "/tokens", { name: "agent", role: "editor", may_spend: true }));
  });
  afterAll(() => w?.stop());

  it("reads, is refused, buys once, and cannot raise its limit, on its standard input", async () => {
    const c = new Client({ name: "another", version: "1" });
    await c.connect(
      new StdioClientTransport({
        command: binary,
        args: ["mcp"],
        env: { FETTLE_SERVER: w.url, FETTLE_TOKEN: token, HOME: process.env.HOME ?? "/" },
      }),
    );
    const { tools } = await c.listTools();
    expect(tools.map((t) => t.name).sort()).toEqual(
      [
        "ask_for_more",
        "confirm",
        "count",
        "fields",
        "journal",
        "quote",
        "record",
        "records",
        "status",
        "stop",
        "strangers",
        "workspace",
      ].sort(),
    );
    expect(tools.filter((t) => !t.annotations?.readOnlyHint).map((t) => t.name)).toEqual([
      "ask_for_more",
      "confirm",
      "stop",
    ]);
    const there = await answer(c, "workspace", {});
    expect(JSON.stringify(there.told)).toContain("work-email");
    const { told: quote } = await answer(c, "quote", { enrichment: "work-email", action: "start" });
    expect(quote).toMatchObject({ rows_to_buy: 12, highest_credits: "12" });
    expect((await answer(c, "confirm", { quote_id: quote.quote_id })).refused).toBe(true);
    expect((await books(w)).billed_calls).toBe(0);
    const both = await Promise.all(
      [1, 2].map(() => answer(c, "confirm", { quote_id: quote.quote_id, max_spend: "12" })),
    );
    expect(both.filter((b) => b.refused)).toHaveLength(1);
    await expect.poll(async () => (await books(w)).billed_calls, { timeout: 30_000 }).toBe(12);
    const { told: status } = await answer(c, "status", { enrichment: "work-email" });
    expect(status).toMatchObject({ limit: { credits: "12" } });
    await c.close();
  });

  it("is served over HTTP by its own token", async () => {
    const port = await freePort();
    const server = run(["mcp", "--http", `127.0.0.1:${port}`, "--server", w.url]);
    const at = new URL(`http://127.0.0.1:${port}`);
    try {
      await expect
        .poll(
          () =>
            fetch(at, { method: "POST" }).then(
              (r) => r.status,
              () => 0,
            ),
          { timeout: 20_000 },
        )
        .toBe(401);
      const c = new Client({ name: "another", version: "1" });
      const headers = { Authorization: `Bearer ${token}` };
      await c.connect(new StreamableHTTPClientTransport(at, { requestInit: { headers } }));
      expect((await answer(c, "count", { entity: "people" })).told).toMatchObject({ count: 12 });
      const wrong = new Client({ name: "another", version: "1" });
      await wrong.connect(
        new StreamableHTTPClientTransport(at, { requestInit: { headers: { Authorization: "Bearer nobody" } } }),
      );
      expect((await answer(wrong, "count", { entity: "people" })).refused).toBe(true);
      await Promise.all([c.close(), wrong.close()]);
    } finally {
      server.kill();
    }
  });
});

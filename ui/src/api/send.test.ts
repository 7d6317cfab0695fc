import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { manner } from "./client";
import { sever, surely } from "./send";
import { noteActor, noteAnswer, renewed } from "./session";
import { giveUp, waiting } from "./waiting";

type Sent = { url: string; method: string; key: string | null };
let sent: Sent[];

/** A server that answers as said, one after another; `null` is no answer. */
function server(...answers: (Response | null)[]) {
  sent = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push({ url: request.url, method: request.method, key: request.headers.get("Idempotency-Key") });
    const next = answers.shift();
    if (next === undefined) throw new Error("asked too often");
    if (next === null) throw new TypeError("Failed to fetch");
    return next;
  });
}

const problem = (status: number, p: object) =>
  new Response(JSON.stringify({ detail: "No.", code: "refused", ...p }), { status });
const make = (method: string) => (key?: string) =>
  new Request("http://x/api/v1/fields", { method, headers: key ? { "Idempotency-Key": key } : {} });
const keys = () => new Set(sent.map((s) => s.key));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  renewed(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("sends a change under one key until it is answered", async () => {
  server(
    null,
    new Response("gone", { status: 502 }),
    problem(409, { details: { repeat: "under_way" } }),
    new Response("{}"),
  );
  const answer = surely(make("POST"), "a");
  await vi.advanceTimersByTimeAsync(10);
  expect(waiting().map((w) => w.message)).toEqual(["The server does not answer."]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect((await answer).status).toBe(200);
  expect(sent.length).toBe(4);
  expect(keys().size).toBe(1);
  expect(waiting()).toEqual([]);
});

it("takes what the server has decided for an answer", async () => {
  for (const [status, p] of [
    [403, {}],
    [409, {}],
    [500, {}],
    [503, { code: "unavailable" }],
  ] as const) {
    server(problem(status, p));
    expect((await surely(make("POST"), "b")).status).toBe(status);
  }
});

it("waits while the database cannot", async () => {
  server(problem(503, { code: "unavailable", details: { database: "refused" } }), new Response("{}"));
  const answer = surely(make("PUT"), "c");
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await answer).status).toBe(200);
});

it("does again what was interrupted only where that is the same", async () => {
  const interrupted = () => problem(409, { details: { repeat: "interrupted" } });
  server(null, interrupted(), new Response("{}"));
  const safe = surely(make("PUT"), "d", { safe: true });
  await vi.advanceTimersByTimeAsync(5_000);
  expect((await safe).status).toBe(200);
  expect(keys().size).toBe(2);
  server(null, interrupted());
  const grant = surely(make("POST"), "e", { spends: true });
  await vi.advanceTimersByTimeAsync(5_000);
  expect((await grant).status).toBe(409);
});

it("takes what is gone for deleted if it was sent before", async () => {
  server(null, problem(404, { code: "not_found" }));
  const answer = surely(make("DELETE"), "f", { safe: true });
  await vi.advanceTimersByTimeAsync(5_000);
  expect((await answer).status).toBe(204);
  server(problem(404, { code: "not_found" }));
  expect((await surely(make("DELETE"), "f", { safe: true })).status).toBe(404);
});

it("gives up when told to, and what is sent again then is the same", async () => {
  server(null, new Response("{}"));
  const failed = surely(make("POST"), "g").catch((err: Error) => err.message);
  await vi.advanceTimersByTimeAsync(10);
  giveUp();
  expect(await failed).toBe("The server does not answer.");
  expect((await surely(make("POST"), "g")).status).toBe(200);
  expect(keys().size).toBe(1);
});

it("lets what spends wait for two minutes only", async () => {
  server(...Array.from({ length: 100 }, () => null));
  const failed = surely(make("POST"), "h", { spends: true }).catch(() => "given up");
  await vi.advanceTimersByTimeAsync(130_000);
  expect(await failed).toBe("given up");
});

it("goes on after signing in, but not as someone else", async () => {
  const status = (actor: string) => new Response(JSON.stringify({ actor }));
  for (const [actor, code] of [
    ["ada", 200],
    ["bob", 401],
  ] as const) {
    noteActor("ada");
    server(problem(401, { code: "unauthorized" }), status(actor), new Response("{}"));
    const answer = surely(make("POST"), `i ${actor}`).then(
      (r) => r.status,
      (err: { status: number }) => err.status,
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent.length).toBe(1);
    renewed(Number.POSITIVE_INFINITY);
    await vi.advanceTimersByTimeAsync(10);
    expect(await answer).toBe(code);
    renewed(0);
    noteAnswer("http://x/api/v1/status", 200, 1);
  }
});

it("gives up what is under way on a connection that does not carry", async () => {
  vi.stubGlobal(
    "fetch",
    (_: Request, { signal }: { signal: AbortSignal }) =>
      new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason))),
  );
  const failed = surely(make("POST"), "j").catch((err: Error) => err.message);
  sever();
  await vi.advanceTimersByTimeAsync(10);
  expect(waiting().length).toBe(1);
  giveUp();
  expect(await failed).toBe("The server does not answer.");
});

it("knows changes, what spends, and what may be done twice", () => {
  const of = (method: string, path: string) => {
    const { changes, spends, safe } = manner(method, `/api/v1${path}`);
    return [changes && "changes", spends && "spends", safe && "safe"].filter(Boolean).join(" ");
  };
  expect(of("POST", "/enrichments/x/estimate")).toBe("");
  expect(of("POST", "/sign-in")).toBe("");
  expect(of("POST", "/sign-in/link")).toBe("");
  expect(of("PUT", "/password")).toBe("safe");
  expect(of("PATCH", "/records/7")).toBe("changes safe");
  expect(of("POST", "/imports")).toBe("changes safe");
  expect(of("POST", "/fields")).toBe("changes");
  expect(of("POST", "/enrichments/x/start")).toBe("changes spends");
  expect(of("PUT", "/enrichments/x/limit")).toBe("changes spends");
  expect(of("POST", "/credits/grants")).toBe("changes spends");
});

// What a browser receives for the first page, and when it is useful: node
// scripts/wire.mjs [URL]. Without a URL it starts the demo's workspace with
// bin/fettle. It exits 1 where a target is missed. Times are of a browser that
// has nothing cached, on this machine, and through a line of 10 Mbit/s with
// 40 ms to the server and back; what else the machine does is in them.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const targets = { bytes: 250 * 1024, loopback: 1000, line: 2000 };
const line = { latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8, offline: false };
const tries = 5;

const args = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const own = args[0] ? null : await demo();
const url = args[0] ?? own.url;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
const load = () => Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);
const before = load();
let ok = true;
try {
  await visit(); // the server's first answer to anybody
  const loopback = [];
  const slow = [];
  for (let i = 0; i < tries; i++) {
    loopback.push(await visit());
    slow.push(await visit(line));
  }
  const got = loopback[0].received;
  const kinds = [...new Set(got.map((r) => r.kind))].map((kind) => [kind, got.filter((r) => r.kind === kind)]);
  console.log(`the Data Hub of ${url}, as received: ${got.length} answers`);
  console.table(
    Object.fromEntries(
      kinds.map(([kind, of]) => [
        kind,
        { answers: of.length, KB: kb(sum(of, "bytes")), "KB expanded": kb(sum(of, "size")) },
      ]),
    ),
  );
  const route = sum(
    got.filter((r) => ["document", "script", "stylesheet"].includes(r.kind)),
    "bytes",
  );
  check("the entry route (page, code, styles)", route, targets.bytes, (n) => `${kb(n)} KB`);
  console.log(`with fonts and the API's answers: ${kb(sum(got, "bytes"))} KB`);
  check("useful, cold, on this machine (median)", median(loopback), targets.loopback, (n) => `${n} ms`);
  check("useful, cold, at 10 Mbit/s and 40 ms (median)", median(slow), targets.line, (n) => `${n} ms`);
  console.log(
    `each: ${loopback.map((v) => v.useful)} and ${slow.map((v) => v.useful)} ms; the machine's load ${before}`,
  );
} finally {
  await browser.close();
  await own?.stop();
}
process.exit(ok ? 0 : 1);

/** Opens the page in a browser that knows nothing of it, until the first field and its rate can be read. */
async function visit(through) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  if (through) await cdp.send("Network.emulateNetworkConditions", through);
  const received = new Map();
  cdp.on("Network.responseReceived", ({ requestId, type, response }) => {
    if (type !== "EventSource" && !response.url.endsWith("/events"))
      received.set(requestId, { kind: type.toLowerCase(), path: new URL(response.url).pathname, bytes: 0, size: 0 });
  });
  cdp.on("Network.dataReceived", ({ requestId, dataLength }) => {
    const r = received.get(requestId);
    if (r) r.size += dataLength;
  });
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const r = received.get(requestId);
    if (r) r.bytes = encodedDataLength;
  });
  const began = Date.now();
  await page.goto(url, { waitUntil: "commit" });
  await page.locator("main tbody tr").first().waitFor();
  const useful = Date.now() - began;
  await page.waitForLoadState("load");
  await page.waitForTimeout(500); // what comes after it is counted as well
  await context.close();
  return { useful, received: [...received.values()] };
}

function check(name, got, most, words) {
  const good = got <= most;
  if (!good) ok = false;
  console.log(`${good ? "ok    " : "MISSED"}  ${name}: ${words(got)}, target ${words(most)}`);
}

/** A sample workspace of its own on this machine. */
async function demo() {
  const folder = mkdtempSync(join(tmpdir(), "fettle-wire-"));
  const child = spawn(
    resolve(import.meta.dirname, "../../bin/fettle"),
    ["demo", "--addr", "127.0.0.1:0", "--db", join(folder, "fettle.db")],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const address = await new Promise((done, fail) => {
    let said = "";
    child.stdout.on("data", (text) => {
      said += text;
      const found = said.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) done(found[0]);
    });
    child.once("exit", () => fail(new Error(`the demo ended: ${said}`)));
  });
  const stop = async () => {
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: address, stop };
}

function sum(list, key) {
  return list.reduce((n, r) => n + r[key], 0);
}
function kb(n) {
  return Math.round(n / 102.4) / 10;
}
function median(visits) {
  return visits.map((v) => v.useful).sort((a, b) => a - b)[Math.floor(visits.length / 2)];
}

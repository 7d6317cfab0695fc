import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

export const binary = resolve(import.meta.dirname, "../../bin/fettle");
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Without a binary or a browser there is nothing to walk through. */
export const ready = existsSync(binary) && existsSync(browserPath);
if (!ready) {
  const missing = `no browser journeys: ${existsSync(binary) ? `there is no Chromium at ${browserPath}` : "there is no bin/fettle"}`;
  if (process.env.CI) throw new Error(missing);
  console.warn(`SKIPPED, ${missing}`);
}

export type World = {
  url: string;
  db: string;
  /** The simulated provider's address. */
  sandbox: string;
  browser: Browser;
  page: Page;
  stop: () => Promise<void>;
};

/** What the simulated provider wrote down: the other side of every purchase. */
export async function books(w: World): Promise<{ calls: number; billed_calls: number; repeats: number }> {
  return (await fetch(`${w.sandbox}/books`)).json();
}

/**
 * A real server on an empty workspace with a simulated provider beside it, unless `args` is "none", and a browser. What
 * else the server is told, by flag and environment, is `served`.
 */
export async function world(
  args: string[] | "none" = [],
  served: string[] = [],
  env: Record<string, string> = {},
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "fettle-e2e-"));
  const [sandbox, port] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const children: ChildProcess[] = [];
  const told = ["serve", "--db", join(folder, "fettle.db"), "--addr", `127.0.0.1:${port}`, ...served];
  if (args !== "none") {
    children.push(run(["sandbox", "--addr", `127.0.0.1:${sandbox}`, ...args]));
    await answers(`http://127.0.0.1:${sandbox}/capabilities`);
    told.push("--sandbox", `http://127.0.0.1:${sandbox}`);
  }
  children.push(run(told, env));
  await answers(`${url}/api/v1/status`);
  const browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const typed = await watchForCommands(context);
  return {
    url,
    db: join(folder, "fettle.db"),
    sandbox: `http://127.0.0.1:${sandbox}`,
    browser,
    page,
    stop: async () => {
      await browser.close();
      await Promise.all(children.map(end));
      rmSync(folder, { recursive: true, force: true });
      if (typed.size > 0) throw new Error(`the app shows what only a terminal takes: ${[...typed].join("; ")}`);
    },
  };
}

/** Notes every text on any page that has a command of the terminal or a flag of one in it: the app shows none. */
async function watchForCommands(context: BrowserContext): Promise<Set<string>> {
  const seen = new Set<string>();
  await context.exposeBinding("noteCommand", (_, text: string) => void seen.add(text));
  await context.addInitScript(() => {
    const typed = /\bfettle [a-z]{3,}|(?:^|[\s(])--[a-z]/;
    const look = (node: Node) => {
      const text = node.textContent ?? "";
      if (!typed.test(text)) return;
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      for (let n: Node | null = node.nodeType === Node.TEXT_NODE ? node : walker.nextNode(); n; n = walker.nextNode())
        if (typed.test(n.textContent ?? "") && !n.parentElement?.closest("style, script, noscript"))
          (window as unknown as { noteCommand: (text: string) => void }).noteCommand(
            (n.textContent ?? "").slice(0, 200),
          );
    };
    new MutationObserver((all) => {
      for (const m of all) for (const n of m.type === "characterData" ? [m.target] : m.addedNodes) look(n);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  return seen;
}

export const launch = () => chromium.launch({ executablePath: browserPath, args: flags });

export function run(args: string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(binary, args, { stdio: "ignore", env: { ...process.env, ...env } });
}

export async function end(child: ChildProcess) {
  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await gone;
}

/** A port that nobody has; none that the system gives to whoever asks for any, as other worlds would get it first. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await new Promise<boolean>((done) => {
      const server = createServer();
      server.once("error", () => done(false));
      server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
    });
    if (free) return port;
  }
}

export async function answers(url: string) {
  for (let i = 0; i < 100; i++) {
    const ok = await fetch(url).then(
      (r) => r.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${url} does not answer`);
}

import { type ChildProcess, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { answers, binary, end, freePort, launch, run } from "./harness";

// A server that is stopped and killed, behind a wire that is cut.

/** What the wire does with a connection: a deaf one carries what is asked and no answer. */
type Wire = "carries" | "refuses" | "is silent" | "is deaf" | "answers 502";

const badGateway =
  "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 3\r\nConnection: close\r\n\r\n502";

/** A TCP proxy between the browser and the server. */
class Cable {
  private wire: Wire = "carries";
  private readonly open = new Set<Socket>();
  private readonly server: Server;

  constructor(port: number, to: number) {
    this.server = createServer((near) => {
      this.watch(near);
      if (this.wire === "refuses") return void near.destroy();
      if (this.wire === "answers 502") return void near.once("data", () => near.end(badGateway));
      if (this.wire === "is silent") return;
      const far = dial(to, "127.0.0.1");
      this.watch(far);
      near.on("data", (b) => this.wire !== "is silent" && far.write(b));
      far.on("data", (b) => !this.halfOpen && near.write(b));
      near.on("close", () => far.destroy());
      far.on("close", () => !this.halfOpen && near.destroy());
    });
    this.server.listen(port, "127.0.0.1");
  }

  private get halfOpen() {
    return this.wire === "is silent" || this.wire === "is deaf";
  }

  private watch(s: Socket) {
    this.open.add(s);
    s.on("error", () => s.destroy());
    s.on("close", () => this.open.delete(s));
  }

  /** Changes what happens. Half open, the connections that there are stay. */
  turn(wire: Wire) {
    const woken = this.halfOpen;
    this.wire = wire;
    if (wire === "refuses" || wire === "answers 502" || woken) for (const s of this.open) s.destroy();
  }

  close() {
    this.turn("refuses");
    this.server.close();
  }
}

export type Fragile = {
  /** The address behind the proxy. */
  url: string;
  db: string;
  browser: Browser;
  page: Page;
  cable: Cable;
  start: () => Promise<void>;
  stop: (signal: "SIGTERM" | "SIGKILL") => Promise<void>;
  /** A link that lets a browser in as whoever runs the server. */
  link: () => string;
  end: () => Promise<void>;
};

export async function fragile(): Promise<Fragile> {
  const folder = mkdtempSync(join(tmpdir(), "fettle-e2e-"));
  const db = join(folder, "fettle.db");
  const [sandbox, port, behind] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const simulated = run(["sandbox", "--addr", `127.0.0.1:${sandbox}`]);
  await answers(`http://127.0.0.1:${sandbox}/capabilities`);
  let server: ChildProcess | null = null;
  const start = async () => {
    server = run(["serve", "--db", db, "--addr", `127.0.0.1:${behind}`, "--sandbox", `http://127.0.0.1:${sandbox}`]);
    await answers(`http://127.0.0.1:${behind}/healthz`);
  };
  const stop = async (signal: "SIGTERM" | "SIGKILL") => {
    const child = server;
    server = null;
    if (!child) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await gone;
  };
  await start();
  const cable = new Cable(port, behind);
  const browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  return {
    url,
    db,
    browser,
    page,
    cable,
    start,
    stop,
    link: () => execFileSync(binary, ["user", "link", "--db", db, "--url", url], { encoding: "utf8" }).trim(),
    end: async () => {
      await browser.close();
      cable.close();
      await stop("SIGTERM");
      await end(simulated);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

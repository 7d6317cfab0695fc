// Scrolls the grid of a running server and measures it by the browser's own
// trace: node scripts/frames.mjs URL [seconds a scroll]. It prints a table, and
// JSON with --json. A browser without a display paints in software: what it
// draws is slower than on a screen, and what the page does is the same.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const args = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const [url = "http://127.0.0.1:7070", each = "4"] = args;
const seconds = Math.min(30, Number(each));
const budget = 1000 / 60;

const browser = await chromium.launch({
  ignoreDefaultArgs: ["--hide-scrollbars"],
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update"],
});
const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
page.setDefaultTimeout(30_000);
await page.goto(url);
await page.goto(`${new URL(url).origin}/people`);
const grid = page.getByRole("grid");
await grid.locator("[data-row='0'] [data-col='0']").filter({ hasText: /\S/ }).waitFor();
const rows = Number(await grid.getAttribute("aria-rowcount")) - 1;
await page.waitForTimeout(2000); // the Data Hub's rates arrive, once
const box = await grid.boundingBox();
const cdp = await browser.newBrowserCDPSession();

const wheel = async () => {
  await page.mouse.move(box.x + 600, box.y + 400);
  while (!over()) await page.mouse.wheel(0, 240);
};
const drag = async () => {
  // The thumb of the scroll bar, from the first row to the last and back.
  const x = box.x + box.width - 6;
  let way = 1;
  let y = 60;
  await page.mouse.move(x, box.y + y);
  await page.mouse.down();
  while (!over()) {
    if (y > box.height - 40 || y < 50) way = -way;
    y += 4 * way;
    await page.mouse.move(x, box.y + y);
  }
  await page.mouse.up();
};
const held = async (key) => {
  await grid.focus();
  while (!over()) await page.keyboard.down(key); // a held key repeats
  await page.keyboard.up(key);
};
const jumps = async () => {
  await grid.focus();
  for (let i = 0; !over(); i++) {
    await page.keyboard.press(i % 2 ? "Control+ArrowUp" : "Control+ArrowDown");
    await page.waitForTimeout(400);
  }
};
const scrolls = [
  ["wheel", wheel],
  ["scroll bar dragged", drag],
  ["PageDown held", () => held("PageDown")],
  ["arrow held", () => held("ArrowDown")],
  ["to the end and back", jumps],
];

let end = 0;
const over = () => Date.now() > end;

/** Runs a scroll under the browser's trace and beside a count of frames in the page. */
async function measure(name, act) {
  await page.keyboard.press("Control+Home");
  await grid.focus();
  await page.waitForTimeout(500);
  const events = [];
  const add = ({ value }) => events.push(...value);
  cdp.on("Tracing.dataCollected", add);
  await cdp.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: ["devtools.timeline", "toplevel", "disabled-by-default-devtools.timeline.frame"],
    },
  });
  await page.evaluate(() => {
    window.frames_ = [];
    const step = (t) => {
      window.frames_?.push(t);
      if (window.frames_) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  end = Date.now() + seconds * 1000;
  await act();
  const times = await page.evaluate(() => {
    const all = window.frames_;
    window.frames_ = null;
    return all;
  });
  const complete = new Promise((done) => cdp.once("Tracing.tracingComplete", done));
  await cdp.send("Tracing.end");
  await complete;
  cdp.off("Tracing.dataCollected", add);
  return { name, ...frames(times), ...work(events), costs: costs(events) };
}

/** The time from one frame to the next, as the page sees it. */
function frames(times) {
  const deltas = times.slice(1).map((t, i) => t - times[i]);
  return {
    frames: deltas.length,
    fps: round((1000 * deltas.length) / (times.at(-1) - times[0])),
    p50: at(deltas, 0.5),
    p95: at(deltas, 0.95),
    p99: at(deltas, 0.99),
    in_time: round((100 * deltas.filter((d) => d < 1.5 * budget).length) / deltas.length), // none was left out
  };
}

/**
 * What the page's main thread did, frame by frame, from the trace: the time
 * that it had a processor, so that what else runs on the machine is left out.
 */
function work(events) {
  const main = events.find((e) => e.name === "thread_name" && e.args.name === "CrRendererMain" && busy(events, e) > 20);
  const mine = events.filter((e) => main && e.pid === main.pid && e.tid === main.tid && e.dur);
  const tasks = mine.filter((e) => e.name === "RunTask" || e.name === "ThreadControllerImpl::RunTask");
  const starts = mine
    .filter((e) => e.name === "FireAnimationFrame")
    .map((e) => e.ts)
    .sort((a, b) => a - b);
  const spent = starts.slice(1).map((next, i) => {
    const inside = tasks.filter((t) => t.ts >= starts[i] - 1000 && t.ts < next - 1000);
    return inside.reduce((ms, t) => ms + (t.tdur ?? t.dur) / 1000, 0);
  });
  return {
    work_p50: at(spent, 0.5),
    work_p95: at(spent, 0.95),
    work_p99: at(spent, 0.99),
    work_in_budget: round((100 * spent.filter((ms) => ms <= budget).length) / spent.length),
    long_tasks: tasks.filter((t) => (t.tdur ?? t.dur) > 50_000).length,
  };
}

/** What a frame costs by kind, in ms of the main thread's processor time, from the trace. */
function costs(events) {
  const main = events.find((e) => e.name === "thread_name" && e.args.name === "CrRendererMain" && busy(events, e) > 20);
  const mine = events.filter((e) => main && e.pid === main.pid && e.tid === main.tid && e.dur);
  const n = Math.max(1, mine.filter((e) => e.name === "FireAnimationFrame").length);
  const of = (...names) => {
    let until = 0; // what is within another of the kind is counted once
    const sum = mine
      .filter((e) => names.includes(e.name))
      .sort((a, b) => a.ts - b.ts)
      .reduce((ms, e) => {
        if (e.ts < until) return ms;
        until = e.ts + e.dur;
        return ms + (e.tdur ?? e.dur) / 1000;
      }, 0);
    return Math.round((100 * sum) / n) / 100;
  };
  return {
    script: of("FunctionCall", "EventDispatch", "RunMicrotasks", "FireAnimationFrame", "TimerFire"),
    collect: of("MinorGC", "MajorGC", "V8.GCScavenger"),
    style: of("UpdateLayoutTree"),
    layout: of("Layout"),
    hit: of("HitTest"),
    prepaint: of("PrePaint"),
    paint: of("Paint"),
    layers: of("Layerize", "UpdateLayer"),
    commit: of("Commit"),
  };
}

const busy = (events, thread) =>
  events.filter((e) => e.pid === thread.pid && e.tid === thread.tid && e.name === "FireAnimationFrame").length;
const round = (n) => Math.round(n * 10) / 10;
const at = (list, share) =>
  round([...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))]);

/** From a jump until the rows are there, of the last row and of places never seen. */
async function fills() {
  const times = [];
  for (let i = 0; i < 8; i++) {
    const row = i === 0 ? rows : Math.floor((rows * (i * 0.137 + 0.01)) % rows) + 1;
    await grid.focus();
    await page.keyboard.press("Control+g");
    await page.getByLabel("Go to row").fill(String(row));
    const began = Date.now();
    await page.keyboard.press("Enter");
    await grid
      .locator(`[data-row='${row - 1}'] [data-field='name']`)
      .filter({ hasText: /\S/ })
      .waitFor();
    times.push(Date.now() - began);
  }
  return { first: times[0], p50: at(times.slice(1), 0.5), worst: Math.max(...times.slice(1)) };
}

const results = [];
for (const [name, act] of scrolls) results.push(await measure(name, act));
const filled = await fills();
const load = Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);
await browser.close();

if (process.argv.includes("--json")) console.log(JSON.stringify({ rows, load, results, filled }));
else {
  console.log(`${rows.toLocaleString("en-US")} records; ms; the machine's load is ${load}`);
  console.table(Object.fromEntries(results.map(({ name, costs: _, ...r }) => [name, r])));
  console.log("a frame's costs, by kind");
  console.table(Object.fromEntries(results.map(({ name, costs }) => [name, costs])));
  console.log(
    `rows are there after a jump: the first ${filled.first} ms, then ${filled.p50} ms (worst ${filled.worst} ms)`,
  );
}

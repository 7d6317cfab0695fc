// The pictures of docs/pictures, taken from a demo that this starts and stops: make pictures.
import { spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { chromium } from "playwright-core";

const LARGEST = 200 * 1024;
const root = new URL("../../", import.meta.url).pathname;
const out = `${root}docs/pictures/`;
const filter = encodeURIComponent(
  'title.contains("engineer") && (location == "Berlin" || company.industry == "Software")',
);

// Each waits for what it is of. The price comes after its limit is raised.
const shots = [
  { name: "data-hub", path: "/", sees: "Opening line has stopped" },
  { name: "data-hub-dark", path: "/", sees: "Opening line has stopped", dark: true },
  { name: "gap", path: "/?field=title", sees: "What can fill it", acts: makeOne },
  { name: "people", path: "/people", sees: "not found", acts: openRecord },
  { name: "audience", path: `/audiences/new?where=${filter}`, sees: /of 2,000 people/ },
  { name: "enrichments", path: "/enrichments", sees: "paused · limit reached" },
  { name: "enrichment", path: "/enrichments/work-email?tab=overview", sees: "Estimate beside actual" },
  { name: "price", path: "/enrichments/opening-line?tab=limit", sees: "Set the limit", acts: raise },
  { name: "credits", path: "/credits", sees: "Saved by reuse" },
  { name: "people-dark", path: "/people", sees: "not found", dark: true, acts: openRecord },
];

async function makeOne(page) {
  await page.getByRole("textbox", { name: "Spend at most" }).fill("200");
}

async function openRecord(page) {
  await page
    .getByText(/@.*\.example$/)
    .first()
    .click(); // somebody whose email was bought
  await page.keyboard.press("Space");
  await page.getByRole("complementary", { name: "Record" }).getByText("Company domain").waitFor();
}

async function raise(page) {
  await page.getByRole("textbox", { name: "Credits" }).fill("900");
  await page.getByRole("button", { name: "Set the limit" }).click();
  await page.getByRole("tab", { name: "Price and resume" }).click();
  await page.getByRole("button", { name: /^Buy up to/ }).waitFor();
}

async function demo() {
  const child = spawn(`${root}bin/fettle`, ["demo", "--addr", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((found, fail) => {
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
      const at = /Fettle is at (http:\S+)/.exec(said);
      if (at) found(at[1]);
    });
    child.once("exit", (code) => fail(new Error(`the demo ended with ${code}: ${said.slice(-400)}`)));
  });
  const stop = () =>
    new Promise((done) => {
      child.removeAllListeners("exit");
      child.once("exit", done);
      child.kill("SIGTERM");
    });
  return { url, stop };
}

async function shoot(browser, url, { name, path, sees, dark, acts }) {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  page.setDefaultTimeout(15_000);
  await page.goto(url + path);
  await page.getByText(sees).first().waitFor();
  await acts?.(page);
  await page.waitForFunction(() => !document.querySelector(".mantine-Skeleton-root"));
  await page.evaluate(() => document.fonts.ready);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(500); // transitions have ended
  await page.screenshot({ path: `${out}${name}.png` });
  await page.close();
  const { size } = statSync(`${out}${name}.png`);
  console.log(`${name}.png ${Math.round(size / 1024)} KB`);
  if (size > LARGEST) throw new Error(`${name}.png is larger than ${LARGEST / 1024} KB`);
}

mkdirSync(out, { recursive: true });
const world = await demo();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  for (const shot of shots) await shoot(browser, world.url, shot);
} finally {
  await browser.close();
  await world.stop();
}

// The pictures of docs/pictures, taken from a demo: node scripts/pictures.mjs http://127.0.0.1:7070
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const url = process.argv[2] ?? "http://127.0.0.1:7070";
const out = new URL("../../docs/pictures/", import.meta.url).pathname;
const shots = [
  ["data-hub", "/", "light"],
  ["data-hub-dark", "/", "dark"],
  ["gap", "/?field=opening_line", "light"],
  ["people", "/people", "light"],
  ["audience", "/audiences/berlin", "light"],
  ["enrichment", "/enrichments/work-email?tab=overview", "light"],
  ["price", "/enrichments/opening-line?tab=start", "light"],
  ["credits", "/credits?tab=journal", "light"],
];

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
for (const [name, path, colorScheme] of shots) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
  await page.goto(url + path);
  await page.getByRole("main").waitFor();
  await page.waitForTimeout(2000); // what is asked of the server has come
  await page.screenshot({ path: `${out}${name}.png` });
  await page.close();
}
await browser.close();

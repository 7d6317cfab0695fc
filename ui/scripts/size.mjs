// Fails when the entry route would load more JavaScript than promised.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 250 * 1024;
const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}

// What the first page, the Data Hub, needs: the entry and its own lazy chunk.
const keys = closure("index.html");
const hub = Object.keys(manifest).find((k) => k.endsWith("pages/hub/HubPage.tsx"));
if (hub) closure(hub, keys);
const files = [...new Set([...keys].map((k) => manifest[k].file).filter((f) => f.endsWith(".js")))];
const sum = files.reduce((n, f) => n + gzipSync(readFileSync(`dist/${f}`)).length, 0);
console.log(`entry route: ${(sum / 1024).toFixed(1)} KB of JavaScript, gzipped, in ${files.length} files`);
if (sum > LIMIT) {
  console.error(`more than ${LIMIT / 1024} KB`);
  process.exit(1);
}

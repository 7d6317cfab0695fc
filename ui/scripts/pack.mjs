// Makes dist/ ready to be embedded: what is text stands there compressed, as
// NAME.br and NAME.gz and in no third copy, and preload.json says which code
// each address needs, so that a browser fetches it beside the entry.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));

/** Everything that a part of the manifest imports at once, itself too. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}

const filesOf = (keys) => [...keys].flatMap((k) => [manifest[k].file, ...(manifest[k].css ?? [])]);

/** The routes, by address, and the page that each loads, as src/routes.tsx has them. */
function pages() {
  const text = readFileSync("src/routes.tsx", "utf8");
  const found = [...text.matchAll(/path: "(\/[^"]*)"[\s\S]*?import\("\.\/(pages\/[^"]+)"\)/g)];
  const routes = text.match(/createRoute\(/g).length;
  if (found.length !== routes) throw new Error(`${found.length} pages are read from ${routes} routes`);
  return found.map(([, path, page]) => [path, page]);
}

const entry = new Set(filesOf(closure("index.html")));
const preload = pages().map(([path, page]) => {
  const key = Object.keys(manifest).find((k) => k.startsWith(`src/${page}.`));
  if (!key) throw new Error(`${page} is no chunk of its own`);
  const files = filesOf(closure(key));
  return { path, files: [...new Set(files)].filter((f) => !entry.has(f)) };
});

const text = /\.(js|css|svg|json)$/;
const worth = 1024; // bytes; what is smaller fits a packet as it is

function pack(folder) {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (statSync(file).isDirectory()) pack(file);
    else if (text.test(name) && statSync(file).size >= worth) {
      const plain = readFileSync(file);
      const brotli = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
      writeFileSync(`${file}.br`, brotliCompressSync(plain, { params: brotli }));
      writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }));
      rmSync(file);
    }
  }
}

pack("dist/assets");
writeFileSync("dist/preload.json", JSON.stringify(preload));
rmSync("dist/.vite", { recursive: true }); // nobody is served it

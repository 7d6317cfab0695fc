import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Plugin } from "vite";

// Mantine's stylesheet has the rules of all its components. A build keeps those
// of the components that the app imports, and of what these are made of: each
// rule names the classes of its component, m_ and a hash.

const imports = /import (?:type )?\{([^}]*)\} from "@mantine\/core"/g;
const worn = /m_[0-9a-f]{6,8}\b/g;

/** The names that files below a folder import from Mantine. */
function namesIn(folder: string, names = new Set<string>()): Set<string> {
  for (const at of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, at.name);
    if (at.isDirectory()) namesIn(path, names);
    else if (/\.(tsx?|mjs)$/.test(at.name))
      for (const [, list = ""] of readFileSync(path, "utf8").matchAll(imports))
        for (const [name] of list.matchAll(/\b[A-Z]\w*/g)) names.add(name);
  }
  return names;
}

/** The classes of the modules that a module of Mantine is made of. */
function classesOf(file: string, seen: Set<string>, classes: Set<string>) {
  if (seen.has(file)) return;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const [name] of text.matchAll(worn)) classes.add(name);
  for (const [, next] of text.matchAll(/from "(\.[^"]+)"|import "(\.[^"]+)"/g))
    if (next) classesOf(resolve(dirname(file), next), seen, classes);
}

/** The rules of a stylesheet without the selectors that name a class that nothing wears. */
export function trim(css: string, classes: Set<string>): string {
  let out = "";
  let at = 0;
  while (at < css.length) {
    const open = css.indexOf("{", at);
    if (open < 0) return out + css.slice(at);
    const end = closing(css, open);
    const head = css.slice(at, open);
    const body = css.slice(open + 1, end);
    const rule = head.replace(/\/\*[\s\S]*?\*\//g, "").trim();
    if (/^@(media|supports|container|layer)/.test(rule)) {
      const inner = trim(body, classes);
      if (inner.trim()) out += `${rule}{${inner}}`;
    } else if (rule.startsWith("@")) out += `${rule}{${body}}`;
    else {
      const left = selectors(rule).filter((s) => (s.match(worn) ?? []).every((c) => classes.has(c)));
      if (left.length > 0) out += `${left.join(",")}{${body}}`;
    }
    at = end + 1;
  }
  return out;
}

function closing(css: string, open: number): number {
  let depth = 0;
  for (let i = open; i < css.length; i++) {
    if (css[i] === "{") depth++;
    else if (css[i] === "}" && --depth === 0) return i;
  }
  throw new Error("a stylesheet ends within a rule");
}

/** Splits a list of selectors at the commas that are in no brackets. */
function selectors(list: string): string[] {
  const out = [""];
  let depth = 0;
  for (const c of list) {
    depth += c === "(" || c === "[" ? 1 : c === ")" || c === "]" ? -1 : 0;
    if (c === "," && depth === 0) out.push("");
    else out[out.length - 1] += c;
  }
  return out.map((s) => s.trim());
}

/** Builds Mantine's stylesheet without the rules of components that the app has not. */
export function onlyWorn(): Plugin {
  return {
    name: "only-worn",
    apply: "build",
    enforce: "pre",
    transform(css, id) {
      if (!/@mantine\/core\/styles\.css$/.test(id)) return null;
      const esm = join(dirname(id), "esm");
      const index = readFileSync(join(esm, "index.mjs"), "utf8");
      const names = namesIn(resolve(import.meta.dirname, "../src"));
      namesIn(resolve(dirname(id), "../notifications/esm"), names);
      const classes = new Set<string>();
      const seen = new Set<string>();
      for (const [, list = "", file = ""] of index.matchAll(/import \{([^}]*)\} from "(\.[^"]+)"/g))
        if (list.split(",").some((n) => names.has(n.trim()))) classesOf(join(esm, file), seen, classes);
      return { code: trim(css, classes), map: null };
    },
  };
}

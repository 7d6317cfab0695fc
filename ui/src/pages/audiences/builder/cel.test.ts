import { describe, expect, test } from "vitest";
import { read, write } from "./cel";
import { complete, type Group, pruned } from "./tree";

const known: Record<string, "text" | "number" | "boolean" | "date" | "timestamp"> = {
  title: "text",
  location: "text",
  score: "number",
  vip: "boolean",
  since: "date",
  seen: "timestamp",
  created_at: "timestamp",
  updated_at: "timestamp",
  "company.name": "text",
  "company.employee_count": "number",
};
const types = (f: string) => known[f];

describe("CEL ⇄ builder", () => {
  const forms = [
    `title == "CEO"`,
    `title != "it's \\"x\\""`,
    `title.contains("engineer") && location == "Berlin"`,
    `(title.startsWith("VP") || title.endsWith("Lead")) && filled(location)`,
    `title.contains("a") && (location == "Berlin" || (score >= 10 && blank(title)))`,
    `!title.contains("intern")`,
    `!(title == "x" || blank(title))`,
    `title in ["CEO", "CTO"]`,
    `company.employee_count > 50 && company.name != "Acme"`,
    `vip == true || vip == false`,
    `within(seen, "30d") && since >= date("2024-01-31")`,
    `seen < timestamp("2024-01-31T09:00:00Z")`,
    `score > -5`,
    `within(updated_at, "7d") && created_at >= date("2026-11-01")`,
    `updated_at < now - duration("90d")`,
    `source(title) == "csv" || source(score) != "by hand"`,
    `source(title).contains("hubspot") && title != "x"`,
  ];
  test.each(forms)("%s comes back as it was", (text) => {
    const tree = read(text, types);
    expect(tree).not.toBeNull();
    expect(write(tree as Group, types)).toBe(text);
    expect(raws(tree as Group)).toEqual([]);
  });

  test.each(forms)("%s can be read while it is typed", (text) => {
    for (let n = 0; n <= text.length; n++) expect(() => read(text.slice(0, n), types)).not.toThrow();
  });

  test.each([
    [`size(title) > 3`, ["size(title) > 3"]],
    [`title.contains("a") && score * 2 > score + 1`, ["score * 2 > score + 1"]],
    [`(score + 1) > 3 || blank(title)`, ["(score + 1) > 3"]],
    [`lower(title) == "x"`, [`lower(title) == "x"`]],
    [`source(company.name) == "csv"`, [`source(company.name) == "csv"`]],
    [`source(updated_at) == "csv"`, [`source(updated_at) == "csv"`]],
    [`source(title) > "csv"`, [`source(title) > "csv"`]],
    [`blank(updated_at)`, ["blank(updated_at)"]],
    [`nonsense == 1`, ["nonsense == 1"]],
    [`title == location`, ["title == location"]],
  ])("%s keeps what has no form", (text, kept) => {
    const tree = read(text, types) as Group;
    expect(raws(tree)).toEqual(kept);
    expect(write(tree, types)).toBe(text);
  });

  test.each([`title ==`, `(title == "a"`, `title == "a" &&`, `a ? b : c`, `title == "a`, `#`])(
    "%s is left to the text",
    (text) => {
      const tree = read(text, types);
      // Either it cannot be read at all, or it is kept word for word.
      if (tree) expect(write(tree, types).trim()).toBe(text.trim());
    },
  );

  test("redundant parentheses and spaces go", () => {
    const tree = read(`((title == "a"))&&( (vip==true) )`, types) as Group;
    expect(write(tree, types)).toBe(`title == "a" && vip == true`);
  });

  test("nothing is every record", () => {
    expect(write(read("  ", types) as Group, types)).toBe("");
  });

  test("what is not filled in yet does not count", () => {
    const tree = read(`title == "a" && vip == true`, types) as Group;
    tree.items.push({ kind: "clause", field: "title", op: "contains", value: "", values: [] });
    tree.items.push({ kind: "group", join: "or", not: false, items: [] });
    expect(complete(tree)).toBe(false);
    expect(write(pruned(tree), types)).toBe(`title == "a" && vip == true`);
  });

  test("random trees come back", () => {
    let seed = Number(process.env.SEED ?? Date.now() % 100_000);
    console.info(`SEED=${seed}`);
    const next = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * n);
    };
    const leaf = () =>
      [`title == "x${next(9)}"`, "vip == true", `score < ${next(99)}`, "blank(location)"][next(4)] as string;
    const make = (depth: number): string => {
      if (depth === 0 || next(3) === 0) return next(5) === 0 ? `!(${leaf()})` : leaf();
      const sign = next(2) ? " && " : " || ";
      return `${next(4) === 0 ? "!" : ""}(${Array.from({ length: 2 + next(2) }, () => make(depth - 1)).join(sign)})`;
    };
    for (let i = 0; i < 300; i++) {
      const once = write(read(make(4), types) as Group, types);
      expect(write(read(once, types) as Group, types)).toBe(once);
    }
  });
});

function raws(g: Group): string[] {
  return g.items.flatMap((n) => (n.kind === "raw" ? [n.text] : n.kind === "group" ? raws(n) : []));
}

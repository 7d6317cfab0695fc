// The words of an expression, each with its place in the text.

export type Token = {
  kind: "name" | "text" | "number" | "sign" | "end";
  /** As written; for text, what the quotes hold. */
  text: string;
  from: number;
  to: number;
};

const patterns: [Token["kind"] | "space", RegExp][] = [
  ["space", /\s+|\/\/[^\n]*/y],
  ["name", /[A-Za-z_][A-Za-z0-9_]*/y],
  ["number", /\d+(\.\d+)?([eE][+-]?\d+)?/y],
  ["text", /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y],
  ["sign", /&&|\|\||==|!=|<=|>=|[<>!()[\],.+\-*/%?:{}]/y],
];

const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r" };

/** What quoted text holds; null where it has escapes that are not read here. */
function unquote(quoted: string): string | null {
  let odd = false;
  const text = quoted.slice(1, -1).replace(/\\(.)/g, (_, c: string) => {
    if (/[ntr"'\\]/.test(c)) return escapes[c] ?? c;
    odd = true;
    return c;
  });
  return odd ? null : text;
}

/** The tokens, or null for text that is not of this language. */
export function tokens(text: string): Token[] | null {
  const out: Token[] = [];
  let from = 0;
  while (from < text.length) {
    let matched = false;
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = from;
      const m = pattern.exec(text);
      if (!m) continue;
      const to = from + m[0].length;
      if (kind !== "space") {
        const held = kind === "text" ? unquote(m[0]) : m[0];
        if (held === null) return null;
        out.push({ kind, text: held, from, to });
      }
      from = to;
      matched = true;
      break;
    }
    if (!matched) return null;
  }
  out.push({ kind: "end", text: "", from, to: from });
  return out;
}

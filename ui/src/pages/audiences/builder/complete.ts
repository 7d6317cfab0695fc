import type { Readable } from "./tree";

export type Suggestion = { insert: string; label: string; note: string; back: number };

/** How each is written, what it says, and what is inserted. */
const functions: [string, string, string][] = [
  ["within(field, span)", "a date not older than", 'within(, "30d")'],
  ["filled(field)", "has a value", "filled()"],
  ["blank(field)", "has none", "blank()"],
  ["source(field)", "where a value comes from", "source()"],
  ["status(field)", "what its provider said of it", "status()"],
  ["verdict(name)", "what a check found last", 'verdict("")'],
  ["lower(text)", "in small letters", "lower()"],
  ["size(text)", "how long", "size()"],
  ["date(text)", "a day", 'date("2024-01-31")'],
  ["timestamp(text)", "a moment", 'timestamp("2024-01-31T09:00:00Z")'],
];
const methods: [string, string, string][] = [
  ["contains(text)", "whatever its case", 'contains("")'],
  ["startsWith(text)", "whatever its case", 'startsWith("")'],
  ["endsWith(text)", "whatever its case", 'endsWith("")'],
];

/** Whether the caret stands inside of text. */
const quoted = (before: string) =>
  ((before.split("\n").at(-1)?.replace(/\\./g, "").match(/"/g)?.length ?? 0) & 1) === 1;

/** The word that is being typed before the caret, with its dots. */
export function wordBefore(text: string, caret: number): string {
  const before = text.slice(0, caret);
  if (quoted(before)) return "";
  return /[A-Za-z_][A-Za-z0-9_.]*$/.exec(before)?.[0] ?? "";
}

const compared =
  /([A-Za-z_][\w.]*)(?:\s*(?:==|!=)\s*|\.(?:contains|startsWith|endsWith)\(\s*|\s+in\s+\[[^\]]*)"([^"\\\n]*)$/;

/** The field that the text at the caret is compared with, and what of it is typed; null where there is none. */
export function valueBefore(text: string, caret: number): { field: string; typed: string } | null {
  const before = text.slice(0, caret);
  const found = quoted(before) ? compared.exec(before) : null;
  if (!found) return null;
  return { field: (found[1] ?? "").replace(/\.(contains|startsWith|endsWith)$/, ""), typed: found[2] ?? "" };
}

/** What the word may become: fields, functions, and what one asks of text. */
export function suggest(text: string, caret: number, readables: readonly Readable[]): Suggestion[] {
  const word = wordBefore(text, caret);
  if (word === "") return [];
  const dot = word.lastIndexOf(".");
  const owner = word.slice(0, Math.max(0, dot));
  const field = readables.find((r) => r.name === owner);
  if (field) {
    const typed = word.slice(dot + 1).toLowerCase();
    if (["number", "currency", "boolean", "date", "timestamp", "json"].includes(field.type)) return [];
    return methods
      .filter(([m]) => m.toLowerCase().startsWith(typed))
      .map(([label, note, insert]) => ({ insert, label, note, back: typed.length }));
  }
  const typed = word.toLowerCase();
  const names = readables
    .filter((r) => r.name !== word && (r.name.startsWith(typed) || r.label.toLowerCase().startsWith(typed)))
    .map((r) => ({ insert: r.name, label: r.name, note: r.label, back: word.length }));
  const calls = functions
    .filter(([f]) => f.startsWith(typed) && !text.slice(caret).startsWith("("))
    .map(([label, note, insert]) => ({ insert, label, note, back: word.length }));
  return [...names, ...calls].slice(0, 12);
}

/** Where the caret goes in what was inserted: into the first empty place. */
export function caretIn(insert: string): number {
  const empty = /\(\)|\(,|""/.exec(insert);
  return empty ? empty.index + 1 : insert.length;
}

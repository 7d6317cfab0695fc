import type { Readable } from "./tree";

export type Suggestion = { insert: string; label: string; note: string; back: number };

const functions: [string, string][] = [
  ['within(, "30d")', "a date not older than"],
  ["filled()", "has a value"],
  ["blank()", "has none"],
  ["source()", "where a value comes from"],
  ["status()", "what its provider said of it"],
  ['verdict("")', "what a poll found last"],
  ["lower()", "in small letters"],
  ["size()", "how long"],
  ['date("2024-01-31")', "a day"],
  ['timestamp("2024-01-31T09:00:00Z")', "a moment"],
];
const methods: [string, string][] = [
  ['contains("")', "whatever its case"],
  ['startsWith("")', "whatever its case"],
  ['endsWith("")', "whatever its case"],
];

/** The word that is being typed before the caret, with its dots. */
export function wordBefore(text: string, caret: number): string {
  const before = text.slice(0, caret);
  const quotes = before.split("\n").at(-1)?.replace(/\\./g, "").match(/"/g)?.length ?? 0;
  if (quotes % 2 === 1) return ""; // inside of text
  return /[A-Za-z_][A-Za-z0-9_.]*$/.exec(before)?.[0] ?? "";
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
    if (["number", "boolean", "date", "timestamp", "json"].includes(field.type)) return [];
    return methods
      .filter(([m]) => m.toLowerCase().startsWith(typed) && m !== typed)
      .map(([m, note]) => ({ insert: m, label: m, note, back: typed.length }));
  }
  const typed = word.toLowerCase();
  const names = readables
    .filter((r) => r.name !== word && (r.name.startsWith(typed) || r.label.toLowerCase().startsWith(typed)))
    .map((r) => ({ insert: r.name, label: r.name, note: r.label, back: word.length }));
  const calls = functions
    .filter(([f]) => f.startsWith(typed) && !text.slice(caret).startsWith("("))
    .map(([f, note]) => ({ insert: f, label: f, note, back: word.length }));
  return [...names, ...calls].slice(0, 12);
}

/** Where the caret goes in what was inserted: into the first empty place. */
export function caretIn(insert: string): number {
  const empty = /\(\)|\(,|""/.exec(insert);
  return empty ? empty.index + 1 : insert.length;
}

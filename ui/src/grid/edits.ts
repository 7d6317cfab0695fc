import type { Schemas } from "../api/client";
import type { Range } from "./selection";
import { isSignals } from "./signal";
import type { GridRecord } from "./useRows";
import { typedValue, valueText } from "./value";
import type { Column } from "./view";

// What is pasted, filled down or cleared, as edits of cells.

export type Edit = Schemas["Edit"];

/** The server takes as many cells in one request. */
export const mostEdits = 5000;

/** From so many cells on, a person is asked before they change. */
export const askFrom = 30;

/** Lines of tabs, as spreadsheets copy them; a cell in quotes may hold tabs and line breaks. */
export function fromTSV(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  let at = 0;
  let closes = true; // whether a quote from here on may be closed further on
  const end = /[\t\n]/g;
  const body = text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").replace(/\n$/, "");
  for (;;) {
    let cell: string;
    let close = -1;
    if (body[at] === '"') {
      close = ofQuotesAlone(body, at);
      if (close < 0 && closes) {
        close = closing(body, at);
        closes = close >= 0; // what closes none here closes none that opens later: nobody looks to the end for each
      }
    }
    if (close >= 0) {
      cell = body.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
    } else {
      // A quote that nothing closes is text, and swallows no other cell.
      end.lastIndex = at;
      const stop = end.exec(body)?.index ?? body.length;
      cell = body.slice(at, stop);
      at = stop;
    }
    line.push(cell);
    if (body[at] === "\t") {
      at++;
      continue;
    }
    lines.push(line);
    line = [];
    if (at >= body.length) return lines;
    at++;
  }
}

/** Where a cell that begins at a place and is of quotes alone, such as "", is closed; -1 where it is not such a one. */
function ofQuotesAlone(text: string, opened: number): number {
  const quotes = /"+(?=[\t\n]|$)/y;
  quotes.lastIndex = opened;
  const n = quotes.exec(text)?.[0].length ?? 1;
  return n % 2 === 0 ? opened + n - 1 : -1;
}

/** Where the quote that opens at a place is closed; -1 if nothing closes it. */
function closing(text: string, opened: number): number {
  const closed = /"(?=[\t\n]|$)/g;
  closed.lastIndex = opened + 1;
  let close = closed.exec(text);
  // Two quotes stand for one: an odd number of them before the break closes.
  while (close && (quotesBefore(text, close.index, opened) & 1) === 1) close = closed.exec(text);
  return close ? close.index : -1;
}

/** How many quotes stand directly before a place, not counting the one that opened. */
function quotesBefore(text: string, at: number, opened: number): number {
  let n = 0;
  while (at - 1 - n > opened && text[at - 1 - n] === '"') n++;
  return n;
}

/**
 * Where a paste goes: one cell fills the whole selection, a block that fits into
 * it is repeated, and any other goes in from its first cell, as far as there is room.
 */
export function pasteRange(selected: Range, lines: readonly (readonly string[])[], rows: number, cols: number): Range {
  const height = lines.length;
  const width = Math.max(...lines.map((l) => l.length));
  const tall = selected.bottom - selected.top + 1;
  const wide = selected.right - selected.left + 1;
  const repeats = tall % height === 0 && wide % width === 0;
  return {
    top: selected.top,
    left: selected.left,
    bottom: Math.min(rows - 1, selected.top + (repeats ? tall : height) - 1),
    right: Math.min(cols - 1, selected.left + (repeats ? wide : width) - 1),
  };
}

/** The edits that make the records of a range hold other texts; what holds them already is left out. */
export function editsOf(
  records: readonly (GridRecord | undefined)[],
  columns: readonly Column[],
  range: Range,
  textAt: (row: number, col: number) => string | undefined,
): Edit[] {
  const out: Edit[] = [];
  for (let row = range.top; row <= range.bottom; row++) {
    const record = records[row - range.top];
    if (!record) continue;
    for (let col = range.left; col <= range.right; col++) {
      const field = columns[col]?.field;
      const text = textAt(row - range.top, col - range.left);
      if (!field || text === undefined || isSignals(field.field)) continue;
      const value = typedValue(field.type, text);
      const old = record.values[field.field] ?? null;
      if (valueText(value) !== valueText(old)) out.push({ record: record.id, field: field.field, value, old });
    }
  }
  return out;
}

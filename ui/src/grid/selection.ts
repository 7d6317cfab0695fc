// The selection of a spreadsheet: one active cell, and the range from the
// anchor to it.

export type Cell = { row: number; col: number };
export type Selection = { active: Cell; anchor: Cell };
export type Range = { top: number; bottom: number; left: number; right: number };
export type Bounds = { rows: number; cols: number; page: number };
export type Stroke = { key: string; shift?: boolean; jump?: boolean };

export const at = (row: number, col: number): Selection => ({ active: { row, col }, anchor: { row, col } });

const clamp = (n: number, max: number) => Math.max(0, Math.min(max, n));

/** Where a key leads; null if it does not move. */
function target(cell: Cell, { key, jump }: Stroke, { rows, cols, page }: Bounds): Cell | null {
  const { row, col } = cell;
  switch (key) {
    case "ArrowUp":
      return { row: jump ? 0 : row - 1, col };
    case "ArrowDown":
      return { row: jump ? rows - 1 : row + 1, col };
    case "ArrowLeft":
      return { row, col: jump ? 0 : col - 1 };
    case "ArrowRight":
      return { row, col: jump ? cols - 1 : col + 1 };
    case "Home":
      return { row: jump ? 0 : row, col: 0 };
    case "End":
      return { row: jump ? rows - 1 : row, col: cols - 1 };
    case "PageUp":
      return { row: row - page, col };
    case "PageDown":
      return { row: row + page, col };
  }
  return null;
}

/** The selection after a key, or null if the key is not one that moves. */
export function move(selection: Selection, stroke: Stroke, bounds: Bounds): Selection | null {
  const to = target(selection.active, stroke, bounds);
  if (!to) return null;
  const active = { row: clamp(to.row, bounds.rows - 1), col: clamp(to.col, bounds.cols - 1) };
  return { active, anchor: stroke.shift ? selection.anchor : active };
}

export function rangeOf({ active, anchor }: Selection): Range {
  return {
    top: Math.min(active.row, anchor.row),
    bottom: Math.max(active.row, anchor.row),
    left: Math.min(active.col, anchor.col),
    right: Math.max(active.col, anchor.col),
  };
}

export const cellsOf = (r: Range) => (r.bottom - r.top + 1) * (r.right - r.left + 1);

/** Keeps a selection inside a grid that has become smaller. */
export function within(s: Selection, rows: number, cols: number): Selection {
  const inside = (c: Cell) => ({ row: clamp(c.row, Math.max(0, rows - 1)), col: clamp(c.col, Math.max(0, cols - 1)) });
  return { active: inside(s.active), anchor: inside(s.anchor) };
}

/** Lines of tabs, as spreadsheets paste them. */
export function toTSV(lines: readonly (readonly string[])[]): string {
  const quote = (s: string) => (/[\t\n\r"]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s);
  return lines.map((line) => line.map(quote).join("\t")).join("\n");
}

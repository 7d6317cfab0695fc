import { memo, type ReactNode } from "react";
import { type CellState, cellStates } from "./cellState";
import classes from "./Grid.module.css";
import type { GridRecord } from "./useRows";
import { shownText, valueText } from "./value";
import type { Column } from "./view";
import { rowHeight } from "./window";

export const numberWidth = 52;

/** The id of the active cell, while it is on screen. */
export const activeCell = "active-cell";

type Props = {
  row: number;
  record: GridRecord | undefined;
  columns: Column[];
  /** Columns on screen, beside the pinned ones: from, to (one past). */
  from: number;
  to: number;
  width: number;
  /** The active column if it is in this row, else -1. */
  active: number;
  /** The selected columns of this row, else -1. */
  left: number;
  right: number;
  open: boolean;
  /** The column that is edited if it is in this row, else -1. */
  edited: number;
  /** Replaces that cell meanwhile. */
  editor?: ReactNode;
};

/** One record's row. It renders again only when something of its own changes. */
export const GridRow = memo(function GridRow(p: Props) {
  const pinned = p.columns.filter((c) => c.pinned).length;
  const shown = p.columns
    .map((column, col) => ({ column, col }))
    .filter(({ col }) => col < pinned || (col >= p.from && col < p.to));
  const firstFree = p.columns[Math.max(p.from, pinned)];
  const lastPinned = p.columns[pinned - 1];
  const gap = (firstFree?.left ?? 0) - (lastPinned ? lastPinned.left + lastPinned.width : 0);
  return (
    <div
      role="row"
      aria-rowindex={p.row + 2}
      className={classes.row}
      data-row={p.row}
      data-open={p.open || undefined}
      style={{ transform: `translateY(${p.row * rowHeight}px)`, width: p.width }}
    >
      <div
        role="rowheader"
        className={classes.number}
        data-opens
        title="Open the record (Space)"
        style={{ width: numberWidth }}
      >
        <span className={classes.index}>{(p.row + 1).toLocaleString("en-US")}</span>
      </div>
      {shown.map(({ column, col }) => {
        const style = { width: column.width, left: column.pinned ? numberWidth + column.left : undefined };
        const spaced = col === Math.max(p.from, pinned) && gap > 0 ? { marginLeft: gap } : undefined;
        return (
          <div
            key={column.field.field}
            id={col === p.active ? activeCell : undefined}
            role="gridcell"
            aria-colindex={col + 2}
            aria-selected={(col >= p.left && col <= p.right) || undefined}
            data-col={col}
            data-field={column.field.field}
            data-type={column.field.type}
            data-active={col === p.active || undefined}
            data-in={(col >= p.left && col <= p.right) || undefined}
            data-last={(column.pinned && col === pinned - 1) || undefined}
            className={`${classes.cell} ${column.pinned ? classes.pinned : ""} ${col === p.edited ? classes.editor : ""}`}
            style={{ ...style, ...spaced }}
          >
            {col === p.edited ? p.editor : <CellContent record={p.record} column={column} />}
          </div>
        );
      })}
    </div>
  );
});

function CellContent({ record, column }: { record: GridRecord | undefined; column: Column }) {
  if (!record) return <span className={classes.loading} aria-hidden />;
  const key = column.field.field;
  const value = record.values[key];
  const state = record.cells?.[key] as CellState | undefined;
  const said = state ? cellStates[state] : undefined;
  const invalid = record.invalid?.includes(key);
  return (
    <>
      {value !== undefined && value !== null && (
        <span
          className={`${classes.text} ${invalid ? classes.invalid : ""}`}
          title={invalid ? `${valueText(value)} — not a valid ${column.field.type}` : valueText(value)}
        >
          {shownText(column.field.type, value)}
        </span>
      )}
      {said && <State state={state as CellState} word={value === undefined || value === null || state === "running"} />}
    </>
  );
}

/** How a cell stands: a sign of its own shape, with its word where there is no value to show. */
function State({ state, word }: { state: CellState; word: boolean }) {
  const said = cellStates[state];
  return word ? (
    <span className={classes.state} data-state={state} title={said.title}>
      {said.word}
    </span>
  ) : (
    <span className={classes.state} data-state={state} title={said.title} role="img" aria-label={said.word} />
  );
}

import { type CSSProperties, memo, type ReactNode } from "react";
import { grouped } from "../ui/grouped";
import { statuses } from "../ui/status";
import { type CellState, cellStates } from "./cellState";
import { ruleFor, ruleText } from "./colors";
import classes from "./Grid.module.css";
import { isSignals, signalAge, signalText } from "./signal";
import tints from "./Tint.module.css";
import type { GridRecord } from "./useRows";
import { shownText, valueText } from "./value";
import type { Column } from "./view";

export const numberWidth = 80;

/** The id of the active cell, while it is on screen. */
export const activeCell = "active-cell";

/** A column that is on screen, with how its cells lie. */
export type ShownColumn = { column: Column; col: number; last: boolean; style: CSSProperties };

/** The pinned columns and those from, to (one past). */
export function shownColumns(columns: Column[], from: number, to: number): ShownColumn[] {
  const pinned = columns.filter((c) => c.pinned).length;
  const first = Math.max(from, pinned);
  const lastPinned = columns[pinned - 1];
  const gap = (columns[first]?.left ?? 0) - (lastPinned ? lastPinned.left + lastPinned.width : 0);
  return columns
    .map((column, col) => ({
      column,
      col,
      last: col === pinned - 1,
      style: {
        width: column.width,
        "--at": column.pinned ? `${numberWidth + column.left}px` : undefined,
        marginLeft: col === first && gap > 0 ? gap : undefined,
      } as CSSProperties,
    }))
    .filter(({ col }) => col < pinned || (col >= from && col < to));
}

type CellsProps = {
  record: GridRecord | undefined;
  shown: ShownColumn[];
  /** The active column if it is in this row, else -1. */
  active: number;
  /** The selected columns of this row, else -1. */
  left: number;
  right: number;
  /** The column that is edited if it is in this row, else -1. */
  edited: number;
  /** Replaces that cell meanwhile. */
  editor?: ReactNode;
};

type Props = CellsProps & { row: number; high: number; width: number; open: boolean; picked: boolean };

/**
 * One record's row. It renders again only when something of its own changes;
 * its cells not when it only takes another place, as while what it is to show
 * is not there yet.
 */
export const GridRow = memo(function GridRow({ row, high, width, open, picked, ...cells }: Props) {
  return (
    <div
      role="row"
      aria-rowindex={row + 2}
      aria-selected={picked}
      className={classes.row}
      data-row={row}
      data-picked={picked || undefined}
      data-open={open || undefined}
      data-loading={!cells.record || undefined}
      data-edited={cells.edited >= 0 || undefined}
      style={{ transform: `translateY(${row * high}px)`, width }}
    >
      <div role="rowheader" className={classes.number} data-opens title="Open the record (Space)">
        <span
          role="checkbox"
          aria-checked={picked}
          aria-label={`Select row ${row + 1}`}
          title="Select (Shift+Space)"
          className={classes.box}
          data-pick
        />
        {grouped(row + 1)}
      </div>
      <Cells {...cells} />
    </div>
  );
});

const Cells = memo(function Cells({ record, shown, active, left, right, edited, editor }: CellsProps) {
  return shown.map(({ column, col, last, style }) => {
    const key = column.field.field;
    const inRange = (col >= left && col <= right) || undefined;
    const state = record?.cells?.[key] as CellState | undefined;
    const invalid = record?.invalid?.includes(key) || undefined;
    const status = record?.statuses?.[key];
    const doubtful = status !== "valid" ? status : undefined;
    const rule = column.rules && record && ruleFor(column.rules, column.field.type, record.values[key], state);
    return (
      <div
        key={key}
        id={col === active ? activeCell : undefined}
        role="gridcell"
        aria-colindex={col + 2}
        aria-selected={inRange}
        data-col={col}
        data-field={key}
        data-type={column.field.type}
        data-active={col === active || undefined}
        data-in={inRange}
        data-last={last || undefined}
        data-tint={rule?.tint}
        aria-description={
          [state && saidOf(state, column).title, rule && ruleText(rule, column.field.label)]
            .filter(Boolean)
            .join(". ") || undefined
        }
        aria-invalid={invalid}
        title={
          invalid
            ? `${valueText(record?.values[key])} — not a valid ${column.field.type}`
            : status && `${valueText(record?.values[key])} — ${statuses[status]?.title ?? status}`
        }
        data-stated={((state || doubtful || (record?.signal && isSignals(key))) && col !== edited) || undefined}
        className={`${classes.cell} ${column.pinned ? classes.pinned : ""} ${col === edited ? classes.editor : ""} ${rule ? tints.tint : ""}`}
        style={style}
      >
        {col === edited
          ? editor
          : record && (isSignals(key) ? happened(record) : content(column, record.values[key], state, doubtful))}
      </div>
    );
  });
});

/** What happened to a record last, and when that was learned of. */
function happened({ signal }: GridRecord): ReactNode {
  if (!signal) return "";
  return (
    <>
      <span className={classes.text}>{signalText(signal)}</span>
      {signal.sample && <span className={classes.sample}>sample</span>}
      <span className={classes.ago}>{signalAge(signal)}</span>
    </>
  );
}

/** What a cell shows: its text alone, without an element of its own, unless a state stands beside it. */
function content(
  column: Column,
  value: unknown,
  state: CellState | undefined,
  doubtful: string | undefined,
): ReactNode {
  const blank = value === undefined || value === null;
  const text = blank ? "" : shownText(column.field.type, value, column.field.currency);
  if (!state && !doubtful) return text;
  return (
    <>
      {!blank && <span className={classes.text}>{text}</span>}
      {doubtful && !blank && (
        <span className={classes.state} data-state="doubtful">
          {statuses[doubtful]?.word ?? doubtful}
        </span>
      )}
      {state && <State state={state} column={column} word={blank || state === "running"} />}
    </>
  );
}

/** A cell's state in a word and in a sentence; one that is to be asked says what it waits for. */
function saidOf(state: CellState, { held }: Column): { word: string; title: string } {
  if (held && (state === "pending" || state === "waiting")) return { word: held.word, title: held.says };
  return cellStates[state] ?? { word: state, title: state };
}

/** How a cell stands: a sign of its own shape, with its word where there is no value to show. */
function State({ state, column, word }: { state: CellState; column: Column; word: boolean }) {
  const said = saidOf(state, column);
  return word ? (
    <span className={classes.state} data-state={state} data-tip={said.title}>
      {said.word}
    </span>
  ) : (
    <span className={classes.state} data-state={state} data-tip={said.title} role="img" aria-label={said.word} />
  );
}

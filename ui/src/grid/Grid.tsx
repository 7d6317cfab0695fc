import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import {
  type ClipboardEvent,
  type CSSProperties,
  type MouseEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Entity, Schemas } from "../api/client";
import { hubQuery } from "../api/queries/hub";
import type { RecordSearch } from "../api/queries/records";
import { ErrorNote } from "../ui/ErrorNote";
import { grouped } from "../ui/grouped";
import { useWhyNot } from "../ui/Permitted";
import { CellEditor } from "./CellEditor";
import { type Edit, editsOf, fromTSV, mostEdits, pasteRange } from "./edits";
import { GoToRow } from "./GoToRow";
import classes from "./Grid.module.css";
import { GridHeader, type HeaderActions } from "./GridHeader";
import { activeCell, GridRow, numberWidth, shownColumns } from "./GridRow";
import { type Keys, onKey } from "./keyboard";
import { isPicked, nonePicked, type Picked } from "./picked";
import { at, type Cell, cellsOf, move, type Range, rangeOf, type Selection, within } from "./selection";
import { isSignals } from "./signal";
import { Tip } from "./Tip";
import { useColumns } from "./useColumns";
import { useCopy } from "./useCopy";
import { sayRefused, tooMany, useEdits } from "./useEdits";
import { usePicks } from "./usePicks";
import { type GridRecord, useRows } from "./useRows";
import { useScroll } from "./useScroll";
import { useWholeText } from "./useWholeText";
import { valueText } from "./value";
import { type Column, drop, hide, nudge, pin, resize, type View } from "./view";
import { Waiting } from "./Waiting";
import { heights, overscan, rowWindow, scrollToRow } from "./window";

export type GridProps = {
  label: string;
  entity: Entity;
  query: RecordSearch;
  fields: Schemas["Field"][];
  view: View;
  onView: (v: View) => void;
  /** The record that the panel shows. */
  opened?: number;
  /** Opens a record, at what happened to it where that is said, and says in which row it is. */
  onOpen: (id: number | undefined, at?: "history", row?: number) => void;
  /** The row to begin at: where one was before. */
  row?: number;
  /** A field to begin at. */
  field?: string;
  picked: Picked;
  onPick: (p: Picked) => void;
  /** A cell was pointed at for its menu. */
  onMenu: (at: { record: GridRecord; field: Schemas["Field"]; x: number; y: number }) => void;
  actions: Pick<HeaderActions, "sort" | "filter" | "gaps" | "enrich" | "edit" | "remove" | "runs" | "group">;
};

/** The height of the head of the columns, in pixels. */
export const headHeight = 38;

/** A spreadsheet over any number of records; the rows stay on the server. */
export function Grid(p: GridProps) {
  const { columns, fillers } = useColumns(p.entity, p.fields, p.view);
  const grid = useRef<HTMLDivElement>(null);
  const scroll = useScroll(grid);
  const viewport = Math.max(0, scroll.height - headHeight);
  const [known, setKnown] = useState(0);
  const high = heights[p.view.height ?? "low"];
  const win = rowWindow(known, scroll.top, viewport, overscan, high);
  const rows = useRows(
    p.query,
    win.first,
    Math.max(win.end, 1),
    columns.some((c) => isSignals(c.field.field)),
  );
  const count = rows.count ?? 0;
  useEffect(() => setKnown(count), [count]);

  const [held, setSelection] = useState<Selection>(() => at(0, 0));
  const selection = within(held, count, columns.length);
  const range = rangeOf(selection);
  const mayNot = useWhyNot("edit");
  const [editing, setEditing] = useState<Editing | null>(null);
  const seen = useColumnWindow(columns, scroll.left, scroll.width);
  const shownCells = useMemo(() => shownColumns(columns, seen.from, seen.to), [columns, seen.from, seen.to]);
  useWholeText(grid, columns, rows.rowAt);
  const bars = useMemo(() => barsOf(columns), [columns]);
  const width = numberWidth + columns.reduce((w, c) => w + c.width, 0);

  const show = useCallback(
    (cell: Cell) => {
      const g = grid.current;
      if (!g) return;
      g.scrollTop = scrollToRow(cell.row, count, g.scrollTop, viewport, high);
      showColumn(g, columns, cell.col);
    },
    [columns, count, viewport, high],
  );
  const select = (next: Selection) => {
    setSelection(next);
    show(next.active);
    const record = rows.rowAt(next.active.row);
    if (p.opened !== undefined && record) p.onOpen(record.id, undefined, next.active.row);
  };

  const was = useRef(high);
  useLayoutEffect(() => {
    if (grid.current) grid.current.scrollTop *= high / was.current; // the same rows stay in view
    was.current = high;
  }, [high]);

  const asked = useRef(p.query);
  useEffect(() => {
    if (asked.current === p.query) return;
    asked.current = p.query; // other records: begin at the first
    grid.current?.scrollTo({ top: 0 });
    setSelection((s) => at(0, s.active.col));
    setEditing(null);
  }, [p.query]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a link to a field goes there once
  useEffect(() => {
    const col = columns.findIndex((c) => c.field.field === p.field);
    if (col >= 0) {
      setSelection(at(0, col));
      show({ row: 0, col });
    }
  }, [p.field, columns.length]);

  const back = useRef(p.row);
  useEffect(() => {
    const row = back.current;
    if (row === undefined || count === 0 || viewport === 0) return;
    back.current = undefined; // once: from then on one goes where one wants
    setSelection((s) => at(Math.min(row, count - 1), s.active.col));
    show({ row: Math.min(row, count - 1), col: 0 });
  }, [count, viewport, show]);

  const active = columns[selection.active.col];
  const record = rows.rowAt(selection.active.row);
  const edits = useEdits(p.entity, p.query);
  const apply = useChange(columns, rows.read, edits.apply);
  const change: typeof apply = async (...what) => (mayNot ? sayMayNot(mayNot) : apply(...what));
  const copy = useCopy(columns, rows.read);
  const rowPicks = usePicks(p.picked, p.onPick, count, rows.read);
  const [going, setGoing] = useState(false);
  const focus = () => grid.current?.focus({ preventScroll: true });

  const menuAt = (cell: Cell, x: number, y: number) => {
    const record = rows.rowAt(cell.row);
    const field = columns[cell.col]?.field;
    if (record && field) p.onMenu({ record, field, x, y });
  };
  const keyPort: Keys = {
    open: () => p.onOpen(record?.id, undefined, selection.active.row),
    close: () => {
      if (cellsOf(range) > 1) setSelection(at(selection.active.row, selection.active.col));
      else if (p.opened !== undefined) p.onOpen(undefined);
      else p.onPick(nonePicked);
    },
    edit: (text) => {
      if (active && isSignals(active.field.field)) {
        if (text === undefined) p.onOpen(record?.id, "history", selection.active.row);
      } else if (mayNot) sayMayNot(mayNot);
      else if (record && active)
        setEditing({
          record,
          column: active,
          row: selection.active.row,
          typed: { current: text ?? valueText(record.values[active.field.field]) },
        });
    },
    clear: () => void change(range, () => "", "cleared"),
    copy: (heads) => void copy(range, heads),
    fillDown: () => void fillDown(),
    menu: () => {
      const box = document.getElementById(activeCell)?.getBoundingClientRect();
      if (box) menuAt(selection.active, box.left + 12, box.bottom);
    },
    pick: () => rowPicks.toggle(range.top, range.bottom, selection.active.row),
    goTo: () => setGoing(true),
    all: () =>
      setSelection({ anchor: { row: 0, col: 0 }, active: { row: Math.max(0, count - 1), col: columns.length - 1 } }),
    moved: (stroke) =>
      move(selection, stroke, {
        rows: count,
        cols: columns.length,
        page: Math.max(1, Math.floor(viewport / high) - 1),
      }),
    select,
  };

  /** Every row of the range gets what its first holds; of one row, what the row above holds. */
  const fillDown = async () => {
    const from = range.top === range.bottom ? range.top - 1 : range.top;
    if (from < 0) return;
    const [source] = await rows.read(from, from);
    const text = (_: number, col: number) => valueText(source?.values[columns[range.left + col]?.field.field ?? ""]);
    await change({ ...range, top: from + 1 }, text, "filled down");
  };

  const onPaste = (e: ClipboardEvent) => {
    if (e.target !== e.currentTarget || count === 0) return; // an editor pastes for itself
    e.preventDefault();
    const lines = fromTSV(e.clipboardData.getData("text/plain"));
    const into = pasteRange(range, lines, count, columns.length);
    setSelection({ anchor: { row: into.top, col: into.left }, active: { row: into.bottom, col: into.right } });
    void change(into, (row, col) => lines[row % lines.length]?.[col % (lines[0]?.length ?? 1)], "pasted");
  };

  const onMouse = (e: MouseEvent) => {
    if (e.button !== 0) return;
    const hit = cellUnder(e.target);
    if (!hit || e.target instanceof HTMLInputElement) return;
    if (e.type === "mousemove" && (hit.opens || hit.picks)) return;
    if (hit.picks) {
      e.preventDefault();
      focus();
      rowPicks.click(hit.row, e.shiftKey);
      return;
    }
    if (hit.opens) {
      setSelection(at(hit.row, selection.active.col));
      p.onOpen(rows.rowAt(hit.row)?.id, undefined, hit.row);
      return;
    }
    const cell = { row: hit.row, col: hit.col };
    if (e.type === "mousemove") {
      if (e.buttons === 1 && (cell.row !== selection.active.row || cell.col !== selection.active.col))
        setSelection((s) => ({ anchor: s.anchor, active: cell }));
      return;
    }
    e.preventDefault(); // or the browser selects text and takes the focus
    focus();
    select({ active: cell, anchor: e.shiftKey ? selection.anchor : cell });
  };

  const headerActions = useHeaderActions(p);
  const hub = useQuery({
    ...hubQuery(p.query.audience ? { audience: p.query.audience } : { entity: p.entity }),
    staleTime: 30_000,
  }).data;
  const rates = useMemo(() => new Map(hub?.fields.map((f) => [f.field, f])), [hub]);

  const shown = count > 0 && selection.active.row >= win.first && selection.active.row < win.end;
  const lines = Array.from({ length: Math.max(0, win.end - win.first) }, (_, i) => win.first + i);
  // A row that leaves the screen becomes the one that enters it: nothing is made anew.
  const slots = Math.ceil(viewport / high) + 2 * overscan + 2;
  // What is being edited stays with its record, wherever that is by now, and is
  // not lost when it is scrolled out of sight.
  const editedRow = editing && (lines.find((row) => rows.rowAt(row)?.id === editing.record.id) ?? editing.row);
  if (editedRow !== null && !lines.includes(editedRow)) lines.push(editedRow);
  // In their order at rest, for whoever reads them; while they move each stays
  // where it is among the elements. What has the focus is not moved among them.
  if (scroll.moving && editing === null) lines.sort((a, b) => (a % slots) - (b % slots));
  return (
    <div className={classes.frame}>
      {rows.error && <ErrorNote error={rows.error} retry={rows.retry} />}
      <div
        ref={grid}
        role="grid"
        tabIndex={0}
        className={classes.grid}
        data-height={p.view.height}
        aria-label={p.label}
        aria-rowcount={count + 1}
        aria-colcount={columns.length + 1}
        aria-multiselectable
        aria-activedescendant={shown ? activeCell : undefined}
        onKeyDown={(e) => e.target === e.currentTarget && count > 0 && onKey(e, keyPort)}
        onPaste={onPaste}
        onMouseDown={onMouse}
        onMouseMove={onMouse}
        onContextMenu={(e) => {
          const hit = cellUnder(e.target);
          if (!hit || e.target instanceof HTMLInputElement) return;
          e.preventDefault();
          if (hit.opens || hit.picks) return;
          focus();
          setSelection(at(hit.row, hit.col));
          menuAt(hit, e.clientX, e.clientY);
        }}
        onDoubleClick={(e) => {
          const hit = cellUnder(e.target);
          if (hit && !hit.opens && !hit.picks && editing === null) keyPort.edit();
        }}
      >
        <GridHeader
          columns={columns}
          from={seen.from}
          to={seen.to}
          width={width}
          sort={p.query.sort}
          desc={p.query.desc}
          rates={rates}
          records={hub?.records ?? 0}
          picked={rowPicks.header}
          onPickAll={rowPicks.all}
          fillers={fillers}
          actions={headerActions}
        />
        <div
          role="rowgroup"
          style={{ position: "relative", height: win.height, width, "--bars": bars } as CSSProperties}
        >
          <div role="presentation" style={{ transform: win.shift ? `translateY(${win.shift}px)` : undefined }}>
            {lines.map((row) => {
              const r = rows.rowAt(row);
              const here = row === selection.active.row;
              const edited = row === editedRow ? editing : null;
              const editedCol = edited ? columns.findIndex((c) => c.field.field === edited.column.field.field) : -1;
              const inRange = row >= range.top && row <= range.bottom;
              return (
                <GridRow
                  key={edited ? "edited" : row % slots}
                  row={row}
                  high={high}
                  record={r}
                  shown={
                    editedCol < 0
                      ? shownCells
                      : shownColumns(columns, Math.min(seen.from, editedCol), Math.max(seen.to, editedCol + 1))
                  }
                  width={width}
                  active={here ? selection.active.col : -1}
                  edited={editedCol}
                  left={inRange ? range.left : -1}
                  right={inRange ? range.right : -1}
                  open={r !== undefined && r.id === p.opened}
                  picked={r !== undefined && isPicked(p.picked, r.id)}
                  editor={
                    edited ? (
                      <CellEditor
                        key={`${edited.record.id} ${edited.column.field.field}`}
                        label={`${edited.column.field.label} of ${valueText(edited.record.values.name) || `record ${edited.record.id}`}`}
                        initial={edited.typed.current}
                        options={edited.column.field.options}
                        onType={(text) => {
                          edited.typed.current = text;
                        }}
                        save={(text) =>
                          edits.apply(
                            editsOfCell(edited.record, edited.column, text),
                            `${edited.column.field.label} edited`,
                            "edited",
                          )
                        }
                        done={(next) => {
                          setEditing(null);
                          focus();
                          const key = { down: "ArrowDown", right: "ArrowRight", stay: "" }[next];
                          const to = key && keyPort.moved({ key });
                          if (to) select(to);
                        }}
                      />
                    ) : undefined
                  }
                />
              );
            })}
          </div>
        </div>
      </div>
      {going && (
        <GoToRow
          rows={count}
          go={(row) => select(at(row, selection.active.col))}
          close={() => {
            setGoing(false);
            focus();
          }}
        />
      )}
      <Tip grid={grid} at={selection.active} />
      <Waiting for={rows.waiting ? waitingFor(p.query, count) : null} />
      {edits.dialog}
    </div>
  );
}

/** A cell that is being edited, with what was typed so far. */
type Editing = { record: GridRecord; column: Column; row: number; typed: { current: string } };

const editsOfCell = (record: GridRecord, column: Column, text: string) =>
  editsOf([record], [column], { top: 0, bottom: 0, left: 0, right: 0 }, () => text);

function waitingFor(q: RecordSearch, count: number): string {
  if (q.search) return "Searching";
  if (q.where) return "Filtering";
  return q.sort ? `Sorting ${grouped(count)} records` : "Reading";
}

function cellUnder(target: EventTarget): { row: number; col: number; opens: boolean; picks: boolean } | null {
  const el = target instanceof Element ? target.closest<HTMLElement>("[data-col], [data-pick], [data-opens]") : null;
  const row = el?.closest<HTMLElement>("[data-row]");
  if (!el || !row) return null;
  return {
    row: Number(row.dataset.row),
    col: Number(el.dataset.col ?? 0),
    opens: "opens" in el.dataset,
    picks: "pick" in el.dataset,
  };
}

/** A bar a column, for rows that are not there yet. */
function barsOf(columns: Column[]): string {
  const stops = columns.map((c) => {
    const from = numberWidth + c.left + 10;
    const to = Math.round(from + c.width * 0.5);
    return `transparent ${from}px, var(--fettle-track) ${from}px ${to}px, transparent ${to}px`;
  });
  return `linear-gradient(90deg, ${["transparent 0", ...stops].join(", ")})`;
}

/** Scrolls sideways so that a column is seen beside the pinned ones. */
function showColumn(g: HTMLElement, columns: Column[], col: number) {
  const c = columns[col];
  if (!c || c.pinned) return;
  const pinned = numberWidth + columns.filter((x) => x.pinned).reduce((w, x) => w + x.width, 0);
  const left = numberWidth + c.left;
  if (left - pinned < g.scrollLeft) g.scrollLeft = left - pinned;
  else if (left + c.width > g.scrollLeft + g.clientWidth) g.scrollLeft = left + c.width - g.clientWidth;
}

/** The columns on screen and one beside: from, to (one past). */
function useColumnWindow(columns: Column[], left: number, width: number) {
  let from = columns.length;
  let to = 0;
  columns.forEach((c, i) => {
    if (c.left + c.width >= left - 200 && c.left <= left + width + 200) {
      from = Math.min(from, i);
      to = Math.max(to, i + 1);
    }
  });
  return { from, to };
}

/** What the header does; the same object for good, so that scrolling does not render it. */
function useHeaderActions(p: GridProps): HeaderActions {
  const latest = useRef(p);
  latest.current = p;
  return useMemo(() => {
    const change = (how: (v: View, fields: Schemas["Field"][]) => View) =>
      latest.current.onView(how(latest.current.view, latest.current.fields));
    return {
      sort: (key, desc) => latest.current.actions.sort(key, desc),
      filter: (key) => latest.current.actions.filter(key),
      gaps: (key) => latest.current.actions.gaps(key),
      enrich: (key) => latest.current.actions.enrich(key),
      group: (key) => latest.current.actions.group(key),
      runs: (of) => latest.current.actions.runs(of),
      edit: (field) => latest.current.actions.edit(field),
      remove: (field) => latest.current.actions.remove(field),
      hide: (key) => change((v) => hide(v, key)),
      pin: (key, on) => change((v) => pin(v, key, on)),
      nudge: (key, by) => change((v, fields) => nudge(fields, v, key, by)),
      reorder: (key, before) => change((v, fields) => drop(fields, v, key, before)),
      resize: (key, width) => change((v) => resize(v, key, width)),
    };
  }, []);
}

/** Once, however often a key is pressed. */
function sayMayNot(why: string) {
  notifications.show({ id: "may-not-edit", title: "Not changed", message: why });
}

/** Changes the cells of a range as one step. */
function useChange(
  columns: Column[],
  read: (from: number, to: number) => Promise<GridRecord[]>,
  apply: (edits: Edit[], what: string, how: string) => Promise<number | null>,
) {
  return async (range: Range, textAt: (row: number, col: number) => string | undefined, did: string) => {
    try {
      if (cellsOf(range) > mostEdits) throw tooMany(cellsOf(range));
      const records = await read(range.top, range.bottom);
      const names = columns.slice(range.left, range.right + 1).map((c) => c.field.label);
      const of = names.length === 1 ? names[0] : `${names.length} columns`;
      const n = await apply(editsOf(records, columns, range, textAt), `${of} ${did}`, did);
      if (n === 0) notifications.show({ message: "Nothing to change.", autoClose: 2500 });
    } catch (err) {
      sayRefused(err);
    }
  };
}

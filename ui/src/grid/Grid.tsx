import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import {
  type KeyboardEvent,
  type MouseEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Entity, Schemas } from "../api/client";
import { keys } from "../api/keys";
import { hubQuery } from "../api/queries/hub";
import { type RecordSearch, useEditRecord } from "../api/queries/records";
import { ErrorNote } from "../ui/ErrorNote";
import { CellEditor } from "./CellEditor";
import classes from "./Grid.module.css";
import { GridHeader, type HeaderActions } from "./GridHeader";
import { GridRow, numberWidth } from "./GridRow";
import { at, type Cell, cellsOf, move, rangeOf, type Selection, toTSV, within } from "./selection";
import { type GridRecord, useRows } from "./useRows";
import { typedValue, valueText } from "./value";
import { type Column, columnsOf, hide, nudge, pin, reorder, resize, type View } from "./view";
import { rowHeight, rowWindow, scrollToRow } from "./window";

export type GridProps = {
  label: string;
  entity: Entity;
  query: RecordSearch;
  fields: Schemas["Field"][];
  view: View;
  onView: (v: View) => void;
  /** The record that the panel shows. */
  opened?: number;
  onOpen: (id: number | undefined) => void;
  /** A field to begin at. */
  field?: string;
  actions: Pick<HeaderActions, "sort" | "filter" | "enrich" | "edit" | "remove">;
};

const headHeight = 38;
const mostCopied = 50_000;

/** A spreadsheet over any number of records; the rows stay on the server. */
export function Grid(p: GridProps) {
  const columns = useMemo(() => columnsOf(p.fields, p.view), [p.fields, p.view]);
  const grid = useRef<HTMLDivElement>(null);
  const scroll = useScroll(grid);
  const viewport = Math.max(0, scroll.height - headHeight);
  const [known, setKnown] = useState(0);
  const win = rowWindow(known, scroll.top, viewport);
  const rows = useRows(p.query, win.first, Math.max(win.end, 1));
  const count = rows.count ?? 0;
  useEffect(() => setKnown(count), [count]);

  const [held, setSelection] = useState<Selection>(() => at(0, 0));
  const selection = within(held, count, columns.length);
  const range = rangeOf(selection);
  const [editing, setEditing] = useState<Editing | null>(null);
  const seen = useColumnWindow(columns, scroll.left, scroll.width);
  const width = numberWidth + columns.reduce((w, c) => w + c.width, 0);

  const show = useCallback(
    (cell: Cell) => {
      const g = grid.current;
      if (!g) return;
      g.scrollTop = scrollToRow(cell.row, count, g.scrollTop, viewport);
      showColumn(g, columns, cell.col);
    },
    [columns, count, viewport],
  );
  const select = (next: Selection) => {
    setSelection(next);
    show(next.active);
    const record = rows.rowAt(next.active.row);
    if (p.opened !== undefined && record) p.onOpen(record.id);
  };

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

  const active = columns[selection.active.col];
  const record = rows.rowAt(selection.active.row);
  const save = useSaveCell();
  const copy = useCopy(columns, rows.read);

  const keyPort: Keys = {
    open: () => p.onOpen(record?.id),
    close: () => {
      if (cellsOf(range) > 1) setSelection(at(selection.active.row, selection.active.col));
      else p.onOpen(undefined);
    },
    edit: (text) => {
      if (record && active)
        setEditing({
          record,
          column: active,
          row: selection.active.row,
          typed: { current: text ?? valueText(record.values[active.field.field]) },
        });
    },
    clear: () => {
      if (record && active && cellsOf(range) === 1) void save(record, active.field, "").catch(sayError);
    },
    copy: () => void copy(range),
    all: () =>
      setSelection({ anchor: { row: 0, col: 0 }, active: { row: Math.max(0, count - 1), col: columns.length - 1 } }),
    moved: (stroke) =>
      move(selection, stroke, {
        rows: count,
        cols: columns.length,
        page: Math.max(1, Math.floor(viewport / rowHeight) - 1),
      }),
    select,
  };

  const onMouse = (e: MouseEvent) => {
    if (e.button !== 0) return;
    const hit = cellUnder(e.target);
    if (!hit || e.target instanceof HTMLInputElement) return;
    if (hit.opens) {
      setSelection(at(hit.row, selection.active.col));
      p.onOpen(rows.rowAt(hit.row)?.id);
      return;
    }
    const cell = { row: hit.row, col: hit.col };
    if (e.type === "mousemove") {
      if (e.buttons === 1 && (cell.row !== selection.active.row || cell.col !== selection.active.col))
        setSelection((s) => ({ anchor: s.anchor, active: cell }));
      return;
    }
    e.preventDefault(); // or the browser selects text and takes the focus
    grid.current?.focus({ preventScroll: true });
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
  // What is being edited stays with its record, wherever that is by now, and is
  // not lost when it is scrolled out of sight.
  const editedRow = editing && (lines.find((row) => rows.rowAt(row)?.id === editing.record.id) ?? editing.row);
  if (editedRow !== null && !lines.includes(editedRow)) lines.push(editedRow);
  return (
    <>
      {rows.error && <ErrorNote error={rows.error} retry={rows.retry} />}
      <div
        ref={grid}
        role="grid"
        tabIndex={0}
        className={classes.grid}
        aria-label={p.label}
        aria-rowcount={count + 1}
        aria-colcount={columns.length + 1}
        aria-multiselectable
        aria-activedescendant={shown ? `cell-${selection.active.row}-${selection.active.col}` : undefined}
        onKeyDown={(e) => e.target === e.currentTarget && count > 0 && onKey(e, keyPort)}
        onMouseDown={onMouse}
        onMouseMove={onMouse}
        onDoubleClick={(e) => {
          const hit = cellUnder(e.target);
          if (hit && !hit.opens && editing === null) keyPort.edit();
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
          actions={headerActions}
        />
        <div role="rowgroup" style={{ position: "relative", height: win.height, width }}>
          <div role="presentation" style={{ transform: win.shift ? `translateY(${win.shift}px)` : undefined }}>
            {lines.map((row) => {
              const r = rows.rowAt(row);
              const here = row === selection.active.row;
              const edited = row === editedRow ? editing : null;
              const editedCol = edited ? columns.findIndex((c) => c.field.field === edited.column.field.field) : -1;
              const inRange = row >= range.top && row <= range.bottom;
              return (
                <GridRow
                  key={row}
                  row={row}
                  record={r}
                  columns={columns}
                  from={editedCol < 0 ? seen.from : Math.min(seen.from, editedCol)}
                  to={Math.max(seen.to, editedCol + 1)}
                  width={width}
                  active={here ? selection.active.col : -1}
                  edited={editedCol}
                  left={inRange ? range.left : -1}
                  right={inRange ? range.right : -1}
                  open={r !== undefined && r.id === p.opened}
                  editor={
                    edited ? (
                      <CellEditor
                        key={`${edited.record.id} ${edited.column.field.field}`}
                        label={`${edited.column.field.label} of ${valueText(edited.record.values.name) || `record ${edited.record.id}`}`}
                        initial={edited.typed.current}
                        onType={(text) => {
                          edited.typed.current = text;
                        }}
                        save={(text) => save(edited.record, edited.column.field, text)}
                        done={(next) => {
                          setEditing(null);
                          grid.current?.focus({ preventScroll: true });
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
    </>
  );
}

/** A cell that is being edited, with what was typed so far. */
type Editing = { record: GridRecord; column: Column; row: number; typed: { current: string } };

type Keys = {
  open: () => void;
  close: () => void;
  edit: (text?: string) => void;
  clear: () => void;
  copy: () => void;
  all: () => void;
  moved: (stroke: { key: string; shift?: boolean; jump?: boolean }) => Selection | null;
  select: (s: Selection) => void;
};

function onKey(e: KeyboardEvent, k: Keys) {
  const command = e.metaKey || e.ctrlKey;
  const moved = k.moved({ key: e.key, shift: e.shiftKey, jump: command });
  if (moved && !e.altKey) {
    e.preventDefault();
    k.select(moved);
    return;
  }
  const key = e.key.toLowerCase();
  if (command && key === "c") return done(e, k.copy);
  if (command && key === "a") return done(e, k.all);
  if (command || e.altKey) return;
  if (e.key === " ") return done(e, k.open);
  if (e.key === "Escape") return done(e, k.close);
  if (e.key === "Enter" || e.key === "F2") return done(e, () => k.edit());
  if (e.key === "Delete" || e.key === "Backspace") return done(e, k.clear);
  if (e.key.length === 1) return done(e, () => k.edit(e.key)); // typing replaces, as in a spreadsheet
}

function done(e: KeyboardEvent, act: () => void) {
  e.preventDefault();
  act();
}

function cellUnder(target: EventTarget): { row: number; col: number; opens: boolean } | null {
  const el = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  if (!el) return null;
  return { row: Number(el.dataset.row), col: Number(el.dataset.col ?? 0), opens: "opens" in el.dataset };
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

function useScroll(ref: React.RefObject<HTMLDivElement | null>) {
  const [s, set] = useState({ top: 0, left: 0, width: 1200, height: 700 });
  useLayoutEffect(() => {
    const el = ref.current;
    if (!el) return;
    const read = () =>
      set((was) => {
        const now = { top: el.scrollTop, left: el.scrollLeft, width: el.clientWidth, height: el.clientHeight };
        const same =
          was.top === now.top && was.left === now.left && was.width === now.width && was.height === now.height;
        return same ? was : now;
      });
    read();
    const watch = new ResizeObserver(read);
    watch.observe(el);
    el.addEventListener("scroll", read, { passive: true });
    return () => {
      watch.disconnect();
      el.removeEventListener("scroll", read);
    };
  }, [ref]);
  return s;
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
      enrich: (key) => latest.current.actions.enrich(key),
      edit: (field) => latest.current.actions.edit(field),
      remove: (field) => latest.current.actions.remove(field),
      hide: (key) => change((v) => hide(v, key)),
      pin: (key, on) => change((v) => pin(v, key, on)),
      nudge: (key, by) => change((v, fields) => nudge(fields, v, key, by)),
      reorder: (key, before) => change((v, fields) => reorder(fields, v, key, before)),
      resize: (key, width) => change((v) => resize(v, key, width)),
    };
  }, []);
}

function sayError(err: Error) {
  notifications.show({ color: "red", title: "Not saved", message: err.message });
}

/** Saves a value by hand, shows it at once, and offers to take it back. */
function useSaveCell() {
  const queries = useQueryClient();
  const edit = useEditRecord();
  return async (record: GridRecord, field: Schemas["Field"], text: string) => {
    const old = record.values[field.field];
    const value = typedValue(field.type, text);
    if (valueText(old) === valueText(value)) return;
    await edit.mutateAsync({ id: record.id, field: field.field, value });
    queries.setQueriesData<Schemas["RecordPage"]>(
      { queryKey: [...keys.records, "page"] },
      (page) =>
        page && { ...page, items: page.items.map((r) => (r.id === record.id ? withValue(r, field.field, value) : r)) },
    );
    if (value === null) {
      notifications.show({ title: `${field.label} cleared`, message: "The old value stays in the record's history." });
    }
  };
}

function withValue(r: GridRecord, field: string, value: unknown): GridRecord {
  const { [field]: _, ...rest } = r.values;
  return { ...r, values: value === null ? rest : { ...rest, [field]: value } };
}

function useCopy(columns: Column[], read: (from: number, to: number) => Promise<GridRecord[]>) {
  return async (range: ReturnType<typeof rangeOf>) => {
    const chosen = columns.slice(range.left, range.right + 1);
    const bottom = Math.min(range.bottom, range.top + mostCopied - 1);
    try {
      const records = await read(range.top, bottom);
      const lines = records.map((r) => chosen.map((c) => valueText(r.values[c.field.field])));
      await navigator.clipboard.writeText(toTSV(lines));
      const cut = bottom < range.bottom ? `, the first ${mostCopied.toLocaleString("en-US")} rows` : "";
      notifications.show({
        message: `Copied ${records.length.toLocaleString("en-US")} × ${chosen.length}${cut}.`,
        autoClose: 1800,
      });
    } catch (err) {
      notifications.show({ color: "red", title: "Not copied", message: (err as Error).message });
    }
  };
}

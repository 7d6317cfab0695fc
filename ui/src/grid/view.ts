import type { Schemas } from "../api/client";
import type { Held } from "./fillers";
import { isSignals } from "./signal";
import { inOrder } from "./usual";
import type { Height } from "./window";

// How a person has laid the columns out. It is kept in this browser, per
// entity or audience; what narrows and sorts is in the address.

type Field = Schemas["Field"];

export type ColorRule = Schemas["ColorRule"];
export type View = {
  order: string[];
  hidden: string[];
  pinned: string[];
  widths: Record<string, number>;
  /** How high the rows are; one line unless said. */
  height?: Height;
  colors?: ColorRule[];
};
export type Column = {
  field: Field;
  width: number;
  pinned: boolean;
  left: number;
  /** What tints its cells. */
  rules?: ColorRule[];
  /** What its cells wait for while nothing that fills them makes calls. */
  held?: Held;
};

export const emptyView: View = {
  order: [],
  hidden: ["external_id", "first_name", "last_name"],
  pinned: ["name"],
  widths: {},
};
export const minWidth = 64;
export const maxWidth = 640;

const usual: Partial<Record<Field["type"], number>> = {
  number: 150,
  boolean: 96,
  date: 116,
  timestamp: 168,
  email: 220,
  linkedin: 220,
  country: 110,
};

/** Every field in the order of the view, or in that in which they come; new fields come last. */
export const ordered = (fields: readonly Field[], view: View): Field[] => inOrder(fields, view.order);

/** The columns on screen, the pinned ones first. */
export function columnsOf(fields: readonly Field[], view: View): Column[] {
  const shown = ordered(fields, view).filter((f) => !view.hidden.includes(f.field));
  const pinned = shown.filter((f) => view.pinned.includes(f.field));
  const rest = shown.filter((f) => !view.pinned.includes(f.field));
  let left = 0;
  return [...pinned, ...rest].map((field, i) => {
    const width = view.widths[field.field] ?? (isSignals(field.field) ? 320 : usual[field.type]) ?? 180;
    const rules = view.colors?.filter((r) => r.field === field.field);
    const column = { field, width, pinned: i < pinned.length, left, rules: rules?.length ? rules : undefined };
    left += width;
    return column;
  });
}

const without = (list: string[], key: string) => list.filter((k) => k !== key);

export const hide = (v: View, key: string): View => ({ ...v, hidden: [...without(v.hidden, key), key] });
export const show = (v: View, key: string): View => ({ ...v, hidden: without(v.hidden, key) });
export const pin = (v: View, key: string, on: boolean): View => ({
  ...v,
  pinned: on ? [...without(v.pinned, key), key] : without(v.pinned, key),
});
export const resize = (v: View, key: string, width: number): View => ({
  ...v,
  widths: { ...v.widths, [key]: Math.max(minWidth, Math.min(maxWidth, Math.round(width))) },
});

/** Puts a column before another, or last. */
export function reorder(fields: readonly Field[], v: View, key: string, before: string | null): View {
  if (key === before) return v;
  const order = without(
    ordered(fields, v).map((f) => f.field),
    key,
  );
  const i = before === null ? order.length : order.indexOf(before);
  order.splice(i < 0 ? order.length : i, 0, key);
  return { ...v, order };
}

/** Lets a dragged column go on another: it stands before it, and is pinned if that is. */
export const drop = (fields: readonly Field[], v: View, key: string, on: string): View =>
  key === on ? v : pin(reorder(fields, v, key, on), key, v.pinned.includes(on));

/** Swaps a column with its neighbour on screen. */
export function nudge(fields: readonly Field[], v: View, key: string, by: -1 | 1): View {
  const shown = columnsOf(fields, v).map((c) => c.field.field);
  const i = shown.indexOf(key);
  if (by < 0) return i > 0 ? reorder(fields, v, key, shown[i - 1] as string) : v;
  return reorder(fields, v, key, shown[i + 2] ?? null);
}

const place = (name: string) => `fettle.view.${name}`;

export function loadView(name: string): View {
  try {
    return { ...emptyView, ...(JSON.parse(localStorage.getItem(place(name)) ?? "{}") as Partial<View>) };
  } catch {
    return emptyView;
  }
}

export function saveView(name: string, v: View) {
  try {
    localStorage.setItem(place(name), JSON.stringify(v));
  } catch {
    // Without storage the view lasts as long as the page.
  }
}

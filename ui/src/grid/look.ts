import type { Schemas } from "../api/client";
import { emptyView, ordered, type View } from "./view";

// A look is what a saved view keeps: the columns as a person has laid them out, and
// what the address says narrows and sorts the grid.

type Look = Schemas["Look"];
export type Narrowed = { where?: string; search?: string; sort?: string; desc?: boolean; group?: string };

export const columnsIn = (look: Look): View => ({
  order: look.order ?? [],
  hidden: look.hidden ?? [],
  pinned: look.pinned ?? [],
  widths: look.widths ?? {},
  height: look.height === "low" ? undefined : look.height,
  colors: look.colors?.length ? look.colors : undefined,
});

export const narrowedIn = (look: Look): { [k in keyof Required<Narrowed>]: Narrowed[k] | undefined } => ({
  where: look.where || undefined,
  search: look.search || undefined,
  sort: look.sort || undefined,
  desc: look.desc || undefined,
  group: look.group || undefined,
});

export const lookOf = (view: View, { where, search, sort, desc, group }: Narrowed): Look => ({
  ...view,
  where: where || undefined,
  search: search || undefined,
  sort: sort || undefined,
  desc: desc || undefined,
  group: group || undefined,
});

/** A look to keep: its columns stay in the order that is shown, whatever is filled later. */
export const settled = (fields: readonly Schemas["Field"][], look: Look): Look => ({
  ...look,
  order: ordered(fields, columnsIn(look)).map((f) => f.field),
});

/** Whether two looks show the same. */
export function sameLook(a: Look, b: Look): boolean {
  const flat = (l: Look) => {
    const v = columnsIn(l);
    return JSON.stringify([
      narrowedIn(l),
      v.order,
      [...v.hidden].sort(),
      [...v.pinned].sort(),
      Object.entries(v.widths).sort(([x], [y]) => (x < y ? -1 : 1)),
      v.height ?? "",
      (v.colors ?? []).map((c) => [c.field, c.is, c.value ?? "", c.tint]),
    ]);
  };
  return flat(a) === flat(b);
}

export const firstLook: Look = lookOf(emptyView, {});

import type { Entity } from "../../../api/client";
import type { RecordSearch } from "../../../api/queries/records";
import type { GridSearch, RecordPageSearch } from "../../../routes";

// The list that a record's page was opened from: the address holds it, so that one
// can go on to the next record and back to the grid.

/** What the address of a record's page says of the list. Row is its place there, from 1. */
export const pageSearch = (query: RecordSearch, row?: number): RecordPageSearch => ({
  in: query.audience,
  where: query.where,
  search: query.search,
  sort: query.sort,
  desc: query.desc,
  row,
});

/** The records of that list. */
export const listOf = (entity: Entity, s: RecordPageSearch): RecordSearch => ({
  ...(s.in ? { audience: s.in } : { entity }),
  where: s.where,
  search: s.search,
  sort: s.sort,
  desc: s.desc,
});

/** Where the list is in the app, at its row. */
export const gridSearch = (s: RecordPageSearch): GridSearch => ({
  where: s.where,
  search: s.search,
  sort: s.sort,
  desc: s.desc,
  row: s.row,
});

/** Some records of a list; `first` is the place of the first of them, from 0. */
type Stretch = { first: number; ids: readonly number[] };

/**
 * What stands beside a record in its list. One that left the list, as an edit or
 * a deletion does, stands between those that are around its old place, and has no row.
 */
export function neighbours({ first, ids }: Stretch, id: number, place: number) {
  const i = ids.indexOf(id);
  const at = (j: number) => {
    const there = ids[j];
    return there === undefined ? undefined : { id: there, row: first + j + 1 };
  };
  if (i >= 0) return { row: first + i + 1, before: at(i - 1), after: at(i + 1) };
  return { row: undefined, before: at(place - first - 1), after: at(place - first) };
}

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

/** What stands beside a record in its list. */
export function neighbours(ids: readonly number[], first: number, id: number) {
  const i = ids.indexOf(id);
  if (i < 0) return null;
  return {
    row: first + i + 1,
    before: i > 0 ? { id: ids[i - 1] as number, row: first + i } : undefined,
    after: i + 1 < ids.length ? { id: ids[i + 1] as number, row: first + i + 2 } : undefined,
  };
}

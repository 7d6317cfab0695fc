import { expect, it } from "vitest";
import { gridSearch, listOf, neighbours, pageSearch } from "./list";

it("finds what stands beside a record, also where the list has moved since", () => {
  const at = (first: number, ...ids: number[]) => ({ first, ids });
  expect(neighbours(at(10, 4, 7, 9), 7, 11)).toEqual({
    row: 12,
    before: { id: 4, row: 11 },
    after: { id: 9, row: 13 },
  });
  expect(neighbours(at(10, 4, 7), 7, 10)).toEqual({ row: 12, before: { id: 4, row: 11 }, after: undefined });
  expect(neighbours(at(0, 4, 7, 9), 4, 0)).toEqual({ row: 1, before: undefined, after: { id: 7, row: 2 } });
});

it("goes on from a record that left the list at the place where it stood", () => {
  const left = { first: 9, ids: [3, 4, 9, 11] }; // 7 stood in the place 11
  expect(neighbours(left, 7, 11)).toEqual({ row: undefined, before: { id: 4, row: 11 }, after: { id: 9, row: 12 } });
  expect(neighbours({ first: 0, ids: [9] }, 7, 0)).toEqual({
    row: undefined,
    before: undefined,
    after: { id: 9, row: 1 },
  });
  expect(neighbours({ first: 0, ids: [] }, 7, 0)).toEqual({ row: undefined, before: undefined, after: undefined });
});

it("keeps the list that a page was opened from", () => {
  const search = pageSearch({ audience: "vips", where: "filled(email)", sort: "name" }, 3);
  expect(listOf("people", search)).toMatchObject({ audience: "vips", where: "filled(email)", sort: "name" });
  expect(gridSearch(search)).toMatchObject({ where: "filled(email)", row: 3 });
  expect(listOf("companies", pageSearch({ entity: "companies" }))).toMatchObject({ entity: "companies" });
});

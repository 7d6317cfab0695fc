import { expect, it } from "vitest";
import { gridSearch, listOf, neighbours, pageSearch } from "./list";

it("finds what stands beside a record, also where the list has moved since", () => {
  expect(neighbours([4, 7, 9], 10, 7)).toEqual({ row: 12, before: { id: 4, row: 11 }, after: { id: 9, row: 13 } });
  expect(neighbours([4, 7], 10, 7)).toEqual({ row: 12, before: { id: 4, row: 11 }, after: undefined });
  expect(neighbours([4, 7, 9], 0, 4)).toEqual({ row: 1, before: undefined, after: { id: 7, row: 2 } });
  expect(neighbours([4, 7, 9], 0, 5)).toBeNull();
});

it("keeps the list that a page was opened from", () => {
  const search = pageSearch({ audience: "vips", where: "filled(email)", sort: "name" }, 3);
  expect(listOf("people", search)).toMatchObject({ audience: "vips", where: "filled(email)", sort: "name" });
  expect(gridSearch(search)).toMatchObject({ where: "filled(email)", row: 3 });
  expect(listOf("companies", pageSearch({ entity: "companies" }))).toMatchObject({ entity: "companies" });
});

import { expect, test } from "vitest";
import { columnsIn, firstLook, lookOf, narrowedIn, sameLook } from "./look";
import { emptyView, hide, pin, resize } from "./view";

test("a look keeps columns and what narrows them, and knows itself again", () => {
  const view = resize(pin(hide(emptyView, "phone"), "title", true), "name", 300);
  const look = lookOf(view, { where: 'title == "CTO"', sort: "name", desc: true, search: "" });
  expect(columnsIn(look)).toEqual(view);
  expect(narrowedIn(look)).toEqual({ where: 'title == "CTO"', search: undefined, sort: "name", desc: true });
  const kept = JSON.parse(JSON.stringify({ ...look, hidden: [...view.hidden].reverse() }));
  expect(sameLook(kept, look)).toBe(true);
  expect(sameLook({ ...look, desc: undefined }, look)).toBe(false);
  expect(sameLook(firstLook, look)).toBe(false);
  const drawn = {
    ...view,
    height: "high" as const,
    colors: [{ field: "x", is: "blank" as const, tint: "red" as const }],
  };
  expect(columnsIn(lookOf(drawn, {}))).toEqual(drawn);
  expect(sameLook(lookOf(drawn, {}), lookOf(view, {}))).toBe(false);
  expect(sameLook({ height: "low", colors: [] }, {})).toBe(true);
  expect(sameLook({ order: null, hidden: null, pinned: null } as never, {})).toBe(true);
});

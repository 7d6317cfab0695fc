import { expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { settled } from "./look";
import { signalColumn } from "./signal";
import { inOrder, usualOrder } from "./usual";
import { columnsOf, emptyView, reorder } from "./view";

const field = (key: string, builtin = true): Schemas["Field"] => ({
  entity: "people",
  field: key,
  label: key,
  type: "text",
  builtin,
  key: false,
  position: 1,
});
const own = ["name", "email", "phone", "title", "location", "linkedin_url"];
const fields = [...own.map((k) => field(k)), field("gender", false), field("chamber", false), signalColumn("people")];
const keys = (list: Schemas["Field"][]) => list.map((f) => f.field).join(" ");
const used = new Set(["name", "title", "phone", "gender", "chamber"]);

test("what is empty stands last, the newest signal beside the title, the audience's own fields before the others", () => {
  expect(keys(usualOrder(fields, { used }))).toBe(
    "name title signals email phone gender chamber location linkedin_url",
  );
  const where = `chamber == "gender location" && company.gender != 'it\\'s phone' && years.size() > 2`;
  expect(keys(usualOrder(fields, { used, where }))).toBe(
    "name title signals chamber email phone gender location linkedin_url",
  );
  // A condition on an empty field is about it being empty.
  expect(keys(usualOrder(fields, { used, where: "blank(location)" }))).toBe(
    "name title signals location email phone gender chamber linkedin_url",
  );
});

test("while nothing is filled, or nobody knows, the fields stand in their own order", () => {
  expect(keys(usualOrder(fields, {}))).toBe("name title signals email phone location linkedin_url gender chamber");
});

test("a person's order wins, a saved view keeps what was shown, and new fields come last", () => {
  const list = usualOrder(fields, { used });
  const moved = reorder(list, emptyView, "linkedin_url", "email");
  expect(keys(columnsOf(list, moved).map((c) => c.field))).toBe(
    "name title signals linkedin_url email phone gender chamber location",
  );
  const kept = settled(list, { hidden: ["phone"] });
  expect(kept).toMatchObject({ hidden: ["phone"], order: list.map((f) => f.field) });
  const later = inOrder([field("new", false), ...fields], kept.order ?? []);
  expect(keys(later)).toBe(`${keys(list)} new`);
});

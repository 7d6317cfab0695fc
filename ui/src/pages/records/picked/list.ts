import { body, client, type Entity, type Schemas } from "../../../api/client";
import { setField } from "../../../api/queries/records";
import { slug } from "../../../ui/names";
import type { PickedOf } from "./PickedBar";

// A list that people fill by hand is a value of a field that holds several, and an
// audience of who has that value. So a list is seen in the grid, filtered by, imported
// and exported, and putting somebody on it is an edit like any other.

const key = "lists";

/** The field that holds the lists; undefined before the first list. */
export const listField = (fields: Schemas["Field"][]) =>
  fields.find((f) => f.field === key && f.type === "multi_select");

/** The audience of who is on a list, as CEL. */
export const onList = (list: string) => `${JSON.stringify(list)} in ${key}`;

/** A name for the audience of a list. */
export const listAudience = (list: string) => slug(list) || "list";

/** Makes the field and the list's value in it, where they are missing. */
async function ensureField(entity: Entity, fields: Schemas["Field"][], list: string) {
  const taken = fields.find((f) => f.field === key);
  const field = listField(fields);
  const options = [...(field?.options ?? []), list];
  if (taken && !field)
    throw new Error(
      `The field ${taken.label} (${key}) is of type ${taken.type}, and lists need one that holds several.`,
    );
  if (!field) {
    const made = { entity, field: key, label: "Lists", type: "multi_select" as const, options };
    await body(client.POST("/api/v1/fields", { body: made }));
  } else if (!field.options?.some((o) => o.toLowerCase() === list.toLowerCase())) {
    await body(
      client.PUT("/api/v1/fields/{entity}/{field}", {
        params: { path: { entity, field: key } },
        body: { label: field.label, key: field.key, description: field.description, options },
      }),
    );
  }
}

/** Makes the audience of who is on the list, if there is none of its name. */
async function ensureAudience(entity: Entity, list: string) {
  const all = await body(client.GET("/api/v1/audiences"));
  const name = listAudience(list);
  if (all.items?.some((a) => a.name === name)) return name;
  await body(
    client.PUT("/api/v1/audiences/{name}", {
      params: { path: { name } },
      body: { entity, where: onList(list), description: `The list ${list}` },
    }),
  );
  return name;
}

/** Puts the picked records on a list, and gives what changed and the list's audience. */
export async function addToList(of: PickedOf, list: string, confirm: boolean) {
  await ensureField(of.entity, of.fields, list);
  const done = await setField(of.choice, { field: key, value: list, how: "add" }, confirm);
  return { done, audience: await ensureAudience(of.entity, list) };
}

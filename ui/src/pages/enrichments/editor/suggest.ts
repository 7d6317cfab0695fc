import type { Entity, Schemas } from "../../../api/client";
import { guessOutput, isModel } from "./draft";

export type Gap = { field: string; label: string; rate: number; by: string[] };

/** How many gaps are suggested. */
const most = 6;

/**
 * The fields of an audience that have gaps and that a provider fills, the emptiest first, and of equals what most can fill; whoever can be asked now is named
 * before who cannot. What a model or a formula makes is anything, and so no suggestion.
 */
export function gapsOf(
  hub: Pick<Schemas["HubView"], "fields" | "records">,
  fields: Schemas["Field"][],
  providers: Schemas["ProviderView"][],
  entity: Entity,
): Gap[] {
  const ranked = [...providers].sort((a, b) => Number(b.ready) - Number(a.ready));
  return (hub.fields ?? [])
    .filter((f) => hub.records > 0 && f.filled < hub.records)
    .map((f) => ({
      field: f.field,
      label: f.label,
      rate: f.filled / hub.records,
      by: ranked
        .filter((p) =>
          p.operations.some((o) =>
            gives(
              o,
              fields.find((x) => x.field === f.field),
              entity,
            ),
          ),
        )
        .map((p) => p.title),
    }))
    .filter((g) => g.by.length > 0)
    .sort((a, b) => a.rate - b.rate || b.by.length - a.by.length)
    .slice(0, most);
}

const gives = (o: Schemas["OperationInfo"], field: Schemas["Field"] | undefined, entity: Entity) =>
  field !== undefined && !isModel(o) && o.id !== "formula" && (!o.entity || o.entity === entity) && says(o, field);

/** Types of which a record hardly has two that mean another thing: a date of ours is no date of a vendor's. */
const telling = new Set(["email", "phone", "linkedin"]);

const says = (o: Schemas["OperationInfo"], field: Schemas["Field"]) =>
  (o.outputs ?? []).some(
    (x) =>
      x.name === field.field ||
      guessOutput(x.name) === field.field ||
      (x.type === field.type && telling.has(field.type)),
  );

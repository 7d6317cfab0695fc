import type { Entity, Schemas } from "../../../api/client";

/** What a step's form knows of the records that it will be asked about. */
export type Known = { entity: Entity; fields: Schemas["Field"][]; audience: string[] };

/** What can be written where an expression is wanted. */
export function expressions({ entity, fields }: Known): string[] {
  const company = ["company.name", "company.domain", "company.industry", "company.location"];
  return [...fields.map((f) => f.field), ...(entity === "people" ? company : [])];
}

import type { Entity, Schemas } from "../../../api/client";
import { stamps } from "../../audiences/builder/tree";

/** What a step's form knows of the records that it will be asked about. */
export type Known = { entity: Entity; fields: Schemas["Field"][]; audience: string[] };

/** What can be written where an expression is wanted. */
export function expressions({ entity, fields }: Known): string[] {
  const company = ["company.name", "company.domain", "company.industry", "company.location"];
  return [...fields.map((f) => f.field), ...(entity === "people" ? company : [])];
}

/** What people call the field that an expression is: "Company domain", "Domain of its company"; undefined where it is none. */
export function fieldWords(of: string, { fields }: Pick<Known, "fields">): string | undefined {
  const company = /^company\.(\w+)$/.exec(of)?.[1];
  if (company) return `${company.replaceAll("_", " ").replace(/^./, (c) => c.toUpperCase())} of the company`;
  return fields.find((f) => f.field === of)?.label;
}

const words = ["true", "false", "null", "now", "signal", ...stamps.map((s) => s.name)];

/** Whether an expression is a single name that nothing has, as far as the fields are loaded. */
export const isUnknown = (of: string, { fields }: Pick<Known, "fields">) =>
  fields.length > 0 && /^[a-z]\w*$/i.test(of) && !words.includes(of) && !fields.some((f) => f.field === of);

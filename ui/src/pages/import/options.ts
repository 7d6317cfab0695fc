import type { ImportOf } from "../../api/queries/imports";
import type { Plan } from "./ImportPage";

/** "Work E-mail" → work_e_mail: the key of a field that a column gets. */
export const keyOf = (column: string) =>
  column
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[_0-9]+|_+$/g, "")
    .slice(0, 59);

/** The plan as the server takes it. Every column is said, so that what is shown is what happens. */
export function importOf(plan: Plan, how: Pick<ImportOf, "dryRun" | "noRun" | "confirm">): ImportOf {
  if (!plan.file) throw new Error("No file is chosen.");
  const entries = Object.entries(plan.mapping).map(([column, field]) => [
    column,
    field === "+" ? keyOf(column) : field,
  ]);
  return {
    entity: plan.entity,
    file: plan.file,
    source: plan.source.trim() || undefined,
    mapping: Object.fromEntries(entries) as Record<string, string>,
    createFields: Object.values(plan.mapping).includes("+"),
    phoneKey: plan.phoneKey,
    region: (plan.phoneKey && plan.region) || undefined,
    skipLines: plan.skipLines,
    encoding: plan.encoding,
    delimiter: plan.delimiter,
    sheet: plan.sheet,
    ...how,
  };
}

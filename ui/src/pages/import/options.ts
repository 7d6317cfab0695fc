import type { ImportOf } from "../../api/queries/imports";
import { fieldKey } from "../../ui/names";
import type { Plan } from "./ImportPage";

/** The field that a column gets for itself: as the server offers it, of the type that was chosen. */
export function newField(plan: Pick<Plan, "sample" | "types">, column: string) {
  const offer = plan.sample?.offers[column] ?? {
    column,
    field: fieldKey(column),
    label: column,
    type: "text" as const,
  };
  return { ...offer, type: plan.types[column] ?? offer.type };
}

/** The plan as the server takes it. Every column is said, so that what is shown is what happens. */
export function importOf(plan: Plan, how: Pick<ImportOf, "dryRun" | "noRun" | "confirm" | "createValues">): ImportOf {
  if (!plan.file) throw new Error("No file is chosen.");
  const entries = Object.entries(plan.mapping).map(([column, field]) => {
    const made = newField(plan, column);
    return [column, field === "+" ? `${made.field}:${made.type}` : field];
  });
  return {
    entity: plan.entity,
    file: plan.file,
    source: plan.source.trim() || undefined,
    sameList: plan.sameList,
    mapping: Object.fromEntries(entries) as Record<string, string>,
    phoneKey: plan.phoneKey,
    region: (plan.phoneKey && plan.region) || undefined,
    skipLines: plan.skipLines,
    encoding: plan.encoding,
    delimiter: plan.delimiter,
    sheet: plan.sheet,
    ...how,
  };
}

import type { Schemas } from "../../api/client";
import type { ImportOf } from "../../api/queries/imports";
import { fieldKey } from "../../ui/names";
import type { Plan } from "./ImportPage";

/** The field that a column gets for itself: as the server offers it, of the type and currency that were chosen. */
export function newField(plan: Pick<Plan, "sample" | "types" | "currencies">, column: string) {
  const offer = plan.sample?.offers[column] ?? {
    column,
    field: fieldKey(column),
    label: column,
    type: "text" as const,
  };
  const type = plan.types[column] ?? offer.type;
  const currency = type === "currency" ? (plan.currencies[column] ?? offer.currency ?? "") : "";
  return { ...offer, type, currency };
}

/** Whether a column goes into a field only by a guess: it is not called as the field is. */
export function isGuess(plan: Pick<Plan, "sample" | "mapping">, column: string, label: string): boolean {
  const field = plan.mapping[column] ?? "";
  if (field === "" || field === "+" || plan.sample?.found[column] !== field) return false;
  const name = fieldKey(column);
  return name !== field && name !== fieldKey(label);
}

/** Why a column that holds something else by its name goes into a field. */
export const guessed = (field: string): string =>
  field === "company_domain" || field === "domain"
    ? "A guess: it holds websites, taken for the company's own."
    : field === "external_id"
      ? "A guess: each row has another value."
      : "A guess, by its name and what it holds.";

/**
 * Where a column's values go. A type that nobody chose is not said: the server finds
 * it by all rows then, so that no later value is lost to what the first ones look like.
 */
function target(plan: Plan, column: string): string {
  const { field, type, currency } = newField(plan, column);
  if (plan.types[column] === undefined && plan.currencies[column] === undefined) return field;
  return [field, type, ...(currency ? [currency] : [])].join(":");
}

/** New fields whose type is not the one that the first rows promised. */
export function otherTypes(plan: Plan, made: Schemas["NewField"][]) {
  return made.filter((f) => {
    const shown = newField(plan, f.column);
    return plan.mapping[f.column] === "+" && (shown.type !== f.type || shown.currency !== (f.currency ?? ""));
  });
}

/** The plan as the server takes it. Every column is said, so that what is shown is what happens. */
export function importOf(plan: Plan, how: Pick<ImportOf, "dryRun" | "noRun" | "confirm" | "createValues">): ImportOf {
  if (!plan.file) throw new Error("No file is chosen.");
  const entries = Object.entries(plan.mapping).map(([column, field]) => [
    column,
    field === "+" ? target(plan, column) : field,
  ]);
  return {
    entity: plan.entity,
    file: plan.file,
    source: plan.source.trim() || undefined,
    sameList: plan.sameList,
    mapping: Object.fromEntries(entries) as Record<string, string>,
    createFields: true,
    phoneKey: plan.phoneKey,
    region: (plan.phoneKey && plan.region) || undefined,
    skipLines: plan.skipLines,
    encoding: plan.encoding,
    delimiter: plan.delimiter,
    sheet: plan.sheet,
    ...how,
  };
}

/** The filter of the records whose values an import gave, by its list; undefined where it names none. */
export function whereFrom(v: Pick<Schemas["ImportView"], "source" | "receipt">): string | undefined {
  const fields = v.receipt?.filter((f) => f.table > 0 && f.field !== "external_id") ?? [];
  const most = fields.find((f) => f.field === "name") ?? [...fields].sort((a, b) => b.table - a.table)[0];
  return v.source && most ? `source(${most.field}) == ${JSON.stringify(v.source)}` : undefined;
}

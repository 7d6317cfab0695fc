import type { Schemas } from "../../api/client";
import { count } from "../../ui/time";

/** What an enrichment buys, as people say it: "640 emails", "12 rows of title and LinkedIn URL". */
export function things(n: number, fields: string[], labels: Record<string, string>): string {
  const [first] = fields;
  if (!first || fields.length > 1) {
    const names = fields.map((f) => labels[f] ?? f);
    return names.length ? `${count(n, "row")} of ${list(names)}` : count(n, "row");
  }
  const label = lowered(labels[first] ?? first);
  return count(n, label, plural(label));
}

/** "Email" → "email", but "LinkedIn URL" stays. */
const lowered = (label: string) =>
  /[A-Z].*[A-Z]/.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1);

function plural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  if (/(s|x|ch|sh)$/.test(word)) return `${word}es`;
  return `${word}s`;
}

export function list(names: string[]): string {
  if (names.length <= 1) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Field keys → labels. */
export const labelsOf = (fields: Schemas["Field"][] | undefined): Record<string, string> =>
  Object.fromEntries((fields ?? []).map((f) => [f.field, f.label]));

export const outputFields = (d: Schemas["Definition"]): string[] => Object.values(d.outputs ?? {});

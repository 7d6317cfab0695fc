import { useQuery } from "@tanstack/react-query";
import { audiencesQuery } from "../api/queries/audiences";
import { enrichmentsQuery } from "../api/queries/enrichments";
import { providersQuery } from "../api/queries/providers";
import { fieldsQuery } from "../api/queries/records";

type Named = { name: string; label: string };

/** What people call the thing of a name; the name where it is gone or not loaded yet. */
export const called = (name: string, items: Named[] | undefined) => items?.find((i) => i.name === name)?.label ?? name;

/** What people call audiences, by their names. */
export function useAudienceLabel() {
  const items = useQuery(audiencesQuery).data?.items;
  return (name: string) => called(name, items);
}

/** What people call enrichments, by their names. */
export function useEnrichmentLabel() {
  const items = useQuery(enrichmentsQuery).data?.items;
  return (name: string) => called(name, items);
}

/** What people call the fields of people or of companies, by their keys. */
export function useFieldLabel(entity: string) {
  const items = useQuery(fieldsQuery(entity === "companies" ? "companies" : "people")).data?.items;
  return (key: string) => items?.find((f) => f.field === key)?.label ?? key;
}

/** What people call a provider (llm/openai) or an operation of one (sandbox/find_email). */
export function useProviderTitle() {
  const items = useQuery(providersQuery).data?.items;
  return (key: string) => {
    const of = items?.find((p) => p.name === key || key.startsWith(`${p.name}/`));
    const does = of?.operations.find((o) => o.id === key);
    return does?.title ?? of?.title ?? key;
  };
}

/** Where a value is from, in words: an enrichment's label, the list of a file, what was worked out. */
export const sourceWords = (source: string, enrichment: (name: string) => string) =>
  source === "derived" ? "worked out" : enrichment(source).replace(/^csv:/, "file: ").replace(/^csv$/, "file");

/** What people call a field of either entity, by its key. */
export function useAnyFieldLabel() {
  const [person, company] = [useFieldLabel("people"), useFieldLabel("companies")];
  return (key: string) => (person(key) === key ? company(key) : person(key));
}

/** Words for a name that a provider gave an input or a result and that has no label: "linkedin_url" → "Linkedin url". */
export const spelled = (name: string) => name.replaceAll("_", " ").replace(/^./, (c) => c.toUpperCase());

/** What people call an input or a result of an operation, by its name there. */
export const paramLabel = (name: string, of: { name: string; label?: string }[] | null | undefined) =>
  of?.find((p) => p.name === name)?.label || spelled(name);

/** What a Select offers: labels, and beside one that several have its name. */
export const choices = (items: Named[]) =>
  items.map((i) => ({
    value: i.name,
    label: items.some((o) => o !== i && o.label === i.label) ? `${i.label} (${i.name})` : i.label,
  }));

import { useQuery } from "@tanstack/react-query";
import { audiencesQuery } from "../api/queries/audiences";
import { enrichmentsQuery } from "../api/queries/enrichments";

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

/** What a Select offers: labels, and beside one that several have its name. */
export const choices = (items: Named[]) =>
  items.map((i) => ({
    value: i.name,
    label: items.some((o) => o !== i && o.label === i.label) ? `${i.label} (${i.name})` : i.label,
  }));

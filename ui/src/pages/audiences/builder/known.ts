import { useDebouncedValue } from "@mantine/hooks";
import { useQueries, useQuery } from "@tanstack/react-query";
import { body, client, type Entity } from "../../../api/client";
import { keys } from "../../../api/keys";
import { countWhereQuery } from "../../../api/queries/audiences";
import { quote } from "./cel";

/** A value that records have, and how many; undefined while it is counted. */
export type Known = { value: string; count: number | undefined };

/** How many records are looked through at once for values, how often, and how many values are offered. */
const looked = 200;
const rounds = 4;
const offered = 8;

/**
 * Values that records have in a field and that hold what is typed. They are
 * those of the first records that match and then, while there are few, of
 * records that have yet others; each is counted over all records.
 */
export function useKnown(entity: Entity, field: string, typed: string, enabled: boolean): Known[] {
  const [rested] = useDebouncedValue(typed.trim(), 200);
  const company = field.startsWith("company.");
  const found = useQuery({
    queryKey: [...keys.records, "values", entity, field, rested],
    queryFn: ({ signal }) =>
      look(company ? "companies" : entity, company ? field.slice("company.".length) : field, rested, signal),
    enabled,
    staleTime: 60_000,
    retry: false,
  });
  const values = enabled ? (found.data ?? []) : [];
  const counts = useQueries({
    queries: values.map((v) => ({ ...countWhereQuery(entity, `${field} == ${quote(v)}`), staleTime: 60_000 })),
  });
  return values
    .map((value, i) => ({ value, count: counts[i]?.data?.count }))
    .sort((a, b) => (b.count ?? 0) - (a.count ?? 0));
}

async function look(entity: Entity, field: string, typed: string, signal: AbortSignal): Promise<string[]> {
  const matches = typed ? `${field}.contains(${quote(typed)})` : `filled(${field})`;
  const values: string[] = [];
  for (let i = 0; i < rounds && values.length < offered; i++) {
    const where = values.length > 0 ? `${matches} && !(${field} in [${values.map(quote).join(", ")}])` : matches;
    const query = { entity, where, fields: field, limit: looked };
    const page = await body(client.GET("/api/v1/records", { params: { query }, signal }));
    const more = frequent(
      page.items.map((r) => (r.values as Values)[field]),
      offered - values.length,
    );
    if (more.length === 0) break;
    values.push(...more);
  }
  return values;
}

type Values = Record<string, unknown>;

/** The texts among values, each once, the most frequent first. */
export function frequent(values: unknown[], most = offered): string[] {
  const times = new Map<string, number>();
  for (const v of values) if (typeof v === "string" && v !== "") times.set(v, (times.get(v) ?? 0) + 1);
  return [...times]
    .sort((a, b) => b[1] - a[1])
    .slice(0, most)
    .map(([v]) => v);
}

const plain = (text: string) => text.trim().normalize("NFKC").toLowerCase();

/** The value that was meant by one that no record has exactly: the same but for case, else one that holds it. */
export function meant(typed: string, known: Known[]): Known | undefined {
  const text = plain(typed);
  if (!text || known.some((k) => k.value === typed)) return undefined;
  return known.find((k) => plain(k.value) === text) ?? known.find((k) => plain(k.value).includes(text));
}

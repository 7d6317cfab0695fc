import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Entity } from "../../../api/client";
import { valuesQuery } from "../../../api/queries/records";
import { grouped } from "../../../ui/grouped";

/** A text that records have in a field, and how many records. */
export type Known = { value: string; count: number };

export type KnownValues = {
  values: Known[];
  /** Whether the counts are of all records, not of those that were looked through in time. */
  exact: boolean;
  busy: boolean;
};

/** How many values are asked for, and how long they are looked for while one types, in milliseconds. */
const asked = 12;
const typing = 80;

/** The most frequent values that records have in a field and that hold what is typed. */
export function useKnown(entity: Entity, field: string, typed: string, enabled: boolean): KnownValues {
  const [rested] = useDebouncedValue(typed.trim(), 120);
  const found = useQuery({
    ...valuesQuery({ entity, field, q: rested || undefined, limit: asked, wait: rested ? typing : undefined }),
    enabled,
    staleTime: 60_000,
    retry: false,
    placeholderData: (before, query) => (query?.queryKey.includes(field) ? keepPreviousData(before) : undefined),
  });
  return {
    values: enabled ? texts(found.data?.items ?? []) : [],
    exact: found.data?.exact ?? true,
    busy: enabled && (found.isFetching || rested !== typed.trim()),
  };
}

/** Those that are text, and not empty. */
export const texts = (items: { value?: unknown; count: number }[]): Known[] =>
  items.flatMap(({ value, count }) => (typeof value === "string" && value !== "" ? [{ value, count }] : []));

const plain = (text: string) => text.trim().normalize("NFKC").toLowerCase();

/** The value that was meant by one that no record has exactly: the same but for case, else one that holds it. */
export function meant(typed: string, known: Known[]): Known | undefined {
  const text = plain(typed);
  if (!text || known.some((k) => k.value === typed)) return undefined;
  return known.find((k) => plain(k.value) === text) ?? known.find((k) => plain(k.value).includes(text));
}

/** How many records have a value, where all were looked through; else how many at the least. */
export const countText = (count: number, exact: boolean) => `${exact ? "" : "≥ "}${grouped(count)}`;

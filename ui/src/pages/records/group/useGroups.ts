import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import type { Entity } from "../../../api/client";
import { countRecordsQuery, type RecordSearch, valuesQuery } from "../../../api/queries/records";
import { statuses } from "../../../ui/status";
import { both } from "../../../ui/where";
import { type GroupBy, type GroupKey, groupClause } from "./groups";

export type GroupHead = { key: GroupKey; count: number | undefined };

export type Groups = {
  heads: GroupHead[] | undefined;
  /** Values beyond those that are listed, and how many records have them. */
  others?: { values: number; records: number };
  /** How many records were looked through where that were not all: counts are of these alone. */
  looked?: number;
  error: unknown;
  retry: () => void;
};

/** So many groups are listed, the most frequent first. */
const listed = 200;

/** For how long the server may look, in milliseconds. */
const wait = 2000;

/** The groups of what a query shows, with their counts; nothing of the rows is read. */
export function useGroups(entity: Entity, query: RecordSearch, by: GroupBy | undefined): Groups {
  const field = by?.field.field ?? "";
  const { audience, where, search } = query;
  const values = useQuery({
    ...valuesQuery({ entity, field, audience, where, search, limit: listed, wait }),
    enabled: by?.how === "value",
    placeholderData: (before, asked) => (asked?.queryKey.includes(field) ? keepPreviousData(before) : undefined),
  });
  const few = by ? fewKeys(by.how) : [];
  const counts = useQueries({
    queries: few.map((key) =>
      countRecordsQuery({ ...query, where: both(query.where, groupClause(by as GroupBy, key)) }),
    ),
  });
  if (by?.how !== "value") {
    const heads = few.map((key, i) => ({ key, count: counts[i]?.data?.count }));
    return {
      heads: heads.filter((h) => h.count !== 0),
      error: counts.find((c) => c.error)?.error,
      retry: () => {
        for (const c of counts) void c.refetch();
      },
    };
  }
  const v = values.data;
  const heads: GroupHead[] | undefined = v?.items.map(({ value, count }) => ({ key: value as GroupKey, count }));
  if (v && v.blank > 0) heads?.push({ key: null, count: v.blank });
  return {
    heads,
    others: v && v.others.values > 0 ? v.others : undefined,
    looked: v && !v.exact ? v.records : undefined,
    error: values.error,
    retry: () => void values.refetch(),
  };
}

function fewKeys(how: GroupBy["how"]): GroupKey[] {
  if (how === "filled") return [true, null];
  return how === "status" ? [...Object.keys(statuses), null] : [];
}

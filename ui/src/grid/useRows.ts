import { queryOptions, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { body, client, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { countRecordsQuery, type RecordSearch } from "../api/queries/records";
import { pageSize, pagesOf } from "./window";

export type GridRecord = Schemas["RecordView"];

const pageKey = (query: RecordSearch, page: number, signals: boolean) => [
  ...keys.records,
  "page",
  query,
  page,
  signals,
];

const pageQuery = (query: RecordSearch, page: number, signals: boolean) =>
  queryOptions({
    queryKey: pageKey(query, page, signals),
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/records", {
          params: {
            query: {
              ...query,
              offset: page * pageSize || undefined,
              cells: true,
              signals: signals || undefined,
              limit: pageSize,
            },
          },
          signal,
        }),
      ),
    gcTime: 60_000,
  });

/** A value that follows once it has rested; at once if it was at rest before. */
function useRested(value: string, ms: number): string {
  const [rested, setRested] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    const quick = Date.now() - last.current < ms;
    last.current = Date.now();
    if (!quick) {
      setRested(value);
      return;
    }
    const t = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(t);
  }, [value, ms]);
  return rested;
}

/** The rows on screen, read page by page, with their newest signals if asked; the rest stays on the server. */
export function useRows(query: RecordSearch, first: number, end: number, signals: boolean) {
  const queries = useQueryClient();
  const count = useQuery(countRecordsQuery(query));
  const wanted = useRested(pagesOf(first, end).join(","), 80);
  const pages = wanted === "" ? [] : wanted.split(",").map(Number);
  const answers = useQueries({ queries: pages.map((p) => pageQuery(query, p, signals)) });

  const rowAt = (row: number): GridRecord | undefined => {
    const page = Math.floor(row / pageSize);
    const i = pages.indexOf(page);
    const data = i >= 0 ? answers[i]?.data : queries.getQueryData<Schemas["RecordPage"]>(pageKey(query, page, signals));
    return data?.items[row % pageSize];
  };

  /** Reads rows that may not be on screen, for a copy. */
  const read = async (from: number, to: number): Promise<GridRecord[]> => {
    const out: GridRecord[] = [];
    for (const p of pagesOf(from, to + 1)) {
      const page = await queries.ensureQueryData(pageQuery(query, p, signals));
      out.push(...page.items.filter((_, i) => p * pageSize + i >= from && p * pageSize + i <= to));
    }
    return out;
  };

  return {
    count: count.data?.count,
    error: count.error ?? answers.find((a) => a.error)?.error ?? null,
    /** Whether rows on screen are still asked for. */
    waiting: answers.some((a) => a.isPending && a.fetchStatus === "fetching"),
    retry: () => void queries.invalidateQueries({ queryKey: keys.records }),
    rowAt,
    read,
  };
}

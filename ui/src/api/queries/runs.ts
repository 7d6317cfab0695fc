import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { body, client } from "../client";
import { keys } from "../keys";

/** The runs of an enrichment, newest first. */
export const runsQuery = (name: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.enrichment, name, "runs"],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/enrichments/{name}/runs", {
          params: { path: { name }, query: { after: pageParam || undefined, limit: 20 } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
  });

/** What a run put in the place of other values. A page may be empty and have a next one. */
export const overwritesQuery = (name: string, run: number) =>
  infiniteQueryOptions({
    queryKey: [...keys.enrichment, name, "runs", run, "overwrites"],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/enrichments/{name}/runs/{run}/overwrites", {
          params: { path: { name, run }, query: { after: pageParam || undefined, limit: 50 } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
  });

/** What it has done over time, what its steps came to, its spend and its latest rows. */
export const progressQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.progress, name],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/enrichments/{name}/progress", { params: { path: { name } }, signal })),
  });

/** What comes due in the next weeks. */
export const dueQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.due, name],
    queryFn: ({ signal }) => body(client.GET("/api/v1/enrichments/{name}/due", { params: { path: { name } }, signal })),
    staleTime: 60_000,
    retry: false,
  });

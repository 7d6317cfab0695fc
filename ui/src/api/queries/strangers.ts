import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Schemas } from "../client";
import { keys } from "../keys";

export type Stranger = Schemas["StrangerView"];
export const strangerStates = ["held", "accepted", "rejected"] as const;
export type StrangerState = (typeof strangerStates)[number];
export type StrangersOf = { state: StrangerState; enrichment?: string };

/** Answers that were paid for and are about somebody else, the newest first. */
export const strangersQuery = (of: StrangersOf) =>
  infiniteQueryOptions({
    queryKey: [...keys.duplicates, "strangers", of],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/strangers", {
          params: { query: { ...of, limit: 50, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

/** How many there are: of one enrichment, or of all. */
export const strangerCountsQuery = (enrichment?: string) =>
  queryOptions({
    queryKey: [...keys.enrichment, enrichment ?? "", "strangers"],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/strangers/counts", { params: { query: { enrichment } }, signal })),
  });

/** What a person says of one. */
export type Decision = { do: "accept" | "reject" | "reject and ask"; of: Stranger; confirm: boolean };

export function useDecideStranger() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ do: what, of, confirm }: Decision) => {
      const named = { call: of.call, record_id: of.record_id, confirm };
      return what === "accept"
        ? body(client.POST("/api/v1/strangers/accept", { body: named }))
        : body(client.POST("/api/v1/strangers/reject", { body: { ...named, open: what === "reject and ask" } }));
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: keys.enrichment });
      void queries.invalidateQueries({ queryKey: keys.records });
      void queries.invalidateQueries({ queryKey: keys.record });
      return queries.invalidateQueries({ queryKey: keys.duplicates });
    },
  });
}

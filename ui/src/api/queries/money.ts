import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Schemas } from "../client";
import { keys } from "../keys";

export const creditsQuery = queryOptions({
  queryKey: keys.credits,
  queryFn: ({ signal }) => body(client.GET("/api/v1/credits", { signal })),
});

export type SpendGroup = "enrichment" | "provider" | "model" | "cause" | "day";

export const spendQuery = (group: SpendGroup) =>
  queryOptions({
    queryKey: [...keys.credits, "by", group],
    queryFn: ({ signal }) => body(client.GET("/api/v1/credits/by/{group}", { params: { path: { group } }, signal })),
  });

export type JournalOf = { enrichment?: string; provider?: string; record?: number; kind?: string };

export const journalQuery = (of: JournalOf, limit = 100) =>
  infiniteQueryOptions({
    queryKey: [...keys.credits, "journal", of, limit],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/credits/journal", {
          params: { query: { ...of, limit, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

export const limitsQuery = queryOptions({
  queryKey: [...keys.credits, "limits"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/limits", { signal })),
});

export const unknownsQuery = (enrichment?: string) =>
  queryOptions({
    queryKey: [...keys.unknowns, enrichment ?? ""],
    queryFn: ({ signal }) => body(client.GET("/api/v1/unknown", { params: { query: { enrichment } }, signal })),
  });

function useMoneyMutation<A, R>(run: (arg: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: () => {
      for (const queryKey of [keys.credits, keys.unknowns, keys.enrichments, keys.enrichment]) {
        void queries.invalidateQueries({ queryKey });
      }
    },
  });
}

export const useGrant = () =>
  useMoneyMutation((grant: Schemas["GrantCreditsRequest"]) =>
    body(client.POST("/api/v1/credits/grants", { body: grant })),
  );

export const useSetLimit = () =>
  useMoneyMutation((limit: Schemas["SetLimitRequest"]) => body(client.PUT("/api/v1/limits", { body: limit })));

export const useResolve = () =>
  useMoneyMutation((what: Schemas["ResolveUnknownsRequest"]) =>
    body(client.POST("/api/v1/unknown/resolve", { body: what })),
  );

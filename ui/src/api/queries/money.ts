import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Schemas } from "../client";
import { keys } from "../keys";
import type { paths } from "../schema";

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

/** Spend by day and enrichment, of the last days. */
export const spendDaysQuery = (days: number) =>
  queryOptions({
    queryKey: [...keys.credits, "days", days],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/credits/days", {
          params: { query: { from: new Date(Date.now() - (days - 1) * 86_400_000).toISOString().slice(0, 10) } },
          signal,
        }),
      ),
  });

export const forecastsQuery = queryOptions({
  queryKey: [...keys.credits, "forecast"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/credits/forecast", { signal })),
});

/** Why credits went in the last hours, beside the hours before. */
export const whyQuery = (hours: number) =>
  queryOptions({
    queryKey: [...keys.credits, "why", hours],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/credits/why", {
          params: { query: { from: new Date(Date.now() - hours * 3_600_000).toISOString() } },
          signal,
        }),
      ),
  });

/** What the journal is narrowed to. from and to are days or times. */
export type JournalOf = Omit<
  NonNullable<paths["/api/v1/credits/journal"]["get"]["parameters"]["query"]>,
  "after" | "limit"
>;

/** Where the journal is downloaded as CSV: the server streams it. */
export const journalFile = (of: JournalOf) => {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(of))
    if (value !== undefined && value !== "") params.set(key, String(value));
  return `/api/v1/credits/journal.csv?${params}`;
};

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

export const pilotsQuery = queryOptions({
  queryKey: [...keys.credits, "pilots"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/limits/pilots", { signal })),
});

export const limitsQuery = queryOptions({
  queryKey: [...keys.credits, "limits"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/limits", { signal })),
});

export const budgetsQuery = queryOptions({
  queryKey: [...keys.credits, "budgets"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/budgets", { signal })),
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
      for (const queryKey of [keys.credits, keys.unknowns, keys.enrichments, keys.enrichment, keys.estimate]) {
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

/** Has enrichments and people count in a budget, or no more. */
export const useBudgetMembers = () =>
  useMoneyMutation(({ name, out, ...members }: Schemas["BudgetMembers"] & { name: string; out?: boolean }) =>
    body(
      out
        ? client.POST("/api/v1/budgets/{name}/detach", { params: { path: { name } }, body: members })
        : client.POST("/api/v1/budgets/{name}/attach", { params: { path: { name } }, body: members }),
    ),
  );

export const useResolve = () =>
  useMoneyMutation((what: Schemas["ResolveUnknownsRequest"]) =>
    body(client.POST("/api/v1/unknown/resolve", { body: what })),
  );

export const useSetPilots = () =>
  useMoneyMutation((allowance: Schemas["SetPilotAllowanceRequest"]) =>
    body(client.PUT("/api/v1/limits/pilots", { body: allowance })),
  );

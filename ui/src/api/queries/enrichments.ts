import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError, body, client, ifMatch, type Schemas, tagged } from "../client";
import { keys } from "../keys";
import type { Choice } from "./records";

const at = (name: string) => ({ params: { path: { name } } });

export const enrichmentsQuery = queryOptions({
  queryKey: keys.enrichments,
  queryFn: ({ signal }) => body(client.GET("/api/v1/enrichments", { signal })),
});

export const enrichmentQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.enrichment, name],
    queryFn: ({ signal }) => tagged(client.GET("/api/v1/enrichments/{name}", { ...at(name), signal })),
  });

export type RowsOf = { outcome?: string; state?: string; detail?: string };

export const rowsQuery = (name: string, of: RowsOf, limit = 100) =>
  infiniteQueryOptions({
    queryKey: [...keys.enrichment, name, "rows", of, limit],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/enrichments/{name}/rows", {
          params: { path: { name }, query: { ...(of as object), limit, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

/** Rows by what was said of them. It reads every row: it is asked when it is looked at. */
export const reasonsQuery = (name: string, of: RowsOf) =>
  queryOptions({
    queryKey: [...keys.reasons, name, of],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/enrichments/{name}/reasons", {
          params: { path: { name }, query: of as object },
          signal,
        }),
      ),
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.enrichment, name, "versions"],
    queryFn: ({ signal }) => body(client.GET("/api/v1/enrichments/{name}/versions", { ...at(name), signal })),
  });

/** What it would have bought over the last days. It is replayed when it is asked for, not with every event. */
export const backtestQuery = (name: string, days: number, asRun: boolean) =>
  queryOptions({
    queryKey: [...keys.backtest, name, days, asRun],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/enrichments/{name}/backtest", {
          params: { path: { name }, query: { days, as_run: asRun } },
          signal,
        }),
      ),
    staleTime: 60_000,
    retry: false,
  });

/** What starting now would cost. It is a new estimate each time it is asked. */
export const estimateQuery = (name: string, as: Schemas["EstimateRequest"] = {}) =>
  queryOptions({
    queryKey: [...keys.estimate, name, as],
    queryFn: ({ signal }) =>
      body(client.POST("/api/v1/enrichments/{name}/estimate", { ...at(name), body: as, signal })),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });

/** One mutation of an enrichment; what it touches is looked at again. */
function useEnrichmentMutation<A, R>(run: (arg: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: () => {
      for (const queryKey of [
        keys.enrichments,
        keys.enrichment,
        keys.reasons,
        keys.backtest,
        keys.why,
        keys.credits,
        keys.hub,
        keys.notifications,
      ]) {
        void queries.invalidateQueries({ queryKey });
      }
    },
  });
}

type Named<T> = { name: string } & T;

export const useSaveEnrichment = () =>
  useEnrichmentMutation(({ name, definition, tag }: Named<{ definition: Schemas["DefinitionBody"]; tag?: string }>) =>
    body(client.PUT("/api/v1/enrichments/{name}", { params: { path: { name }, ...ifMatch(tag) }, body: definition })),
  );

/** Makes an enrichment; its name is made of its label. */
export const useCreateEnrichment = () =>
  useEnrichmentMutation((definition: Schemas["NewEnrichmentBody"]) =>
    body(client.POST("/api/v1/enrichments", { body: definition })),
  );

export const useCheckEnrichment = () =>
  useEnrichmentMutation(({ name, definition }: Named<{ definition: Schemas["DefinitionBody"] }>) =>
    body(client.POST("/api/v1/enrichments/{name}/check", { ...at(name), body: definition })),
  );

export const useStart = () =>
  useEnrichmentMutation(({ name, ...start }: Named<Schemas["StartRequest"]>) =>
    body(client.POST("/api/v1/enrichments/{name}/start", { ...at(name), body: start })),
  );

export const usePilot = () =>
  useEnrichmentMutation(({ name, rows }: Named<{ rows: number }>) =>
    body(client.POST("/api/v1/enrichments/{name}/pilot", { ...at(name), body: { rows } })),
  );

export const usePause = () =>
  useEnrichmentMutation(({ name }: Named<object>) => body(client.POST("/api/v1/enrichments/{name}/pause", at(name))));

export const useResume = () =>
  useEnrichmentMutation(({ name, ...shown }: Named<Schemas["ResumeRequest"]>) =>
    body(client.POST("/api/v1/enrichments/{name}/resume", { ...at(name), body: shown })),
  );

export const useReset = () =>
  useEnrichmentMutation(({ name }: Named<object>) => body(client.POST("/api/v1/enrichments/{name}/reset", at(name))));

export const usePoint = () =>
  useEnrichmentMutation(({ name, audience }: Named<{ audience: string[] }>) =>
    body(client.POST("/api/v1/enrichments/{name}/point", { ...at(name), body: { audience } })),
  );

export const useRetry = () =>
  useEnrichmentMutation(({ name, ...what }: Named<Schemas["RetryRequest"]>) =>
    body(client.POST("/api/v1/enrichments/{name}/retry", { ...at(name), body: what })),
  );

export const useRerun = () =>
  useEnrichmentMutation(({ name, ...what }: Named<Schemas["RerunRequest"]>) =>
    body(client.POST("/api/v1/enrichments/{name}/rerun", { ...at(name), body: what })),
  );

/**
 * What asking for chosen records would come to: first as what they lack alone, and
 * where nothing of that is left, as buying again. A refusal is thrown.
 */
export const recordsPriceQuery = (name: string, of: Choice) =>
  queryOptions({
    queryKey: [...keys.estimate, name, "records", of],
    queryFn: async (): Promise<{ estimate: Schemas["Estimate"]; again?: number[] }> => {
      const lacking = await asked(
        client.POST("/api/v1/enrichments/{name}/records", { ...at(name), body: { ...of, confirm: false } }),
      );
      if (!(lacking instanceof ApiError)) return { estimate: lacking };
      const { estimate } = lacking.details as { estimate?: Schemas["Estimate"] };
      if (!estimate || !of.ids || !boughtAlready(estimate)) throw lacking;
      const again = await asked(
        client.POST("/api/v1/enrichments/{name}/rerun", { ...at(name), body: { records: of.ids, confirm: false } }),
      );
      if (again instanceof ApiError) throw lacking;
      return { estimate: again, again: of.ids };
    },
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });

/** An operation without its confirmation answers with its price, or is refused. */
async function asked(answer: Parameters<typeof body>[0]): Promise<Schemas["Estimate"] | ApiError> {
  try {
    await body(answer);
  } catch (err) {
    if (!(err instanceof ApiError) || (err.code !== "confirm" && err.code !== "refused")) throw err;
    const { estimate } = err.details as { estimate?: Schemas["Estimate"] };
    return err.code === "confirm" && estimate ? estimate : err;
  }
  throw new Error("The price is not known.");
}

const boughtAlready = (e: Schemas["Estimate"]) => e.reused + e.known_not_found + e.filled + e.taken_back > 0;

/** Runs chosen records by the price that was shown; again names those to buy again. */
export const useRunRecords = () =>
  useEnrichmentMutation(({ name, of, again }: Named<{ of: Choice; again?: number[] }>) =>
    body(
      again
        ? client.POST("/api/v1/enrichments/{name}/rerun", { ...at(name), body: { records: again, confirm: true } })
        : client.POST("/api/v1/enrichments/{name}/records", { ...at(name), body: { ...of, confirm: true } }),
    ),
  );

export const useApprove = () =>
  useEnrichmentMutation(({ name, ...answer }: Named<{ confirm?: boolean }>) =>
    body(client.POST("/api/v1/enrichments/{name}/approve", { ...at(name), body: answer })),
  );

export const useSetEnrichmentLimit = () =>
  useEnrichmentMutation(({ name, ...limit }: Named<Schemas["SetEnrichmentLimitRequest"]>) =>
    body(client.PUT("/api/v1/enrichments/{name}/limit", { ...at(name), body: limit })),
  );

export const useDeleteEnrichment = () =>
  useEnrichmentMutation(({ name }: Named<object>) => body(client.DELETE("/api/v1/enrichments/{name}", at(name))));

/** What an enrichment's spend of the last day went back to. */
export const whyEnrichmentQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.why, name],
    queryFn: ({ signal }) => body(client.GET("/api/v1/enrichments/{name}/why", { ...at(name), signal })),
    staleTime: 30_000,
  });

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Schemas } from "../client";
import { keys } from "../keys";

/** Requests for more that can be decided, or all of them. */
export const requestsQuery = (all = false) =>
  queryOptions({
    queryKey: [...keys.requests, all],
    queryFn: ({ signal }) => body(client.GET("/api/v1/requests", { params: { query: { all } }, signal })),
  });

/** One request, with its price then and now. */
export const requestQuery = (id: number) =>
  queryOptions({
    queryKey: [...keys.requests, "one", id],
    queryFn: ({ signal }) => body(client.GET("/api/v1/requests/{id}", { params: { path: { id } }, signal })),
  });

/** Which limit to ask about, and the amount that all rows fit. */
export const whatToAskQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.requests, "ask", name],
    queryFn: ({ signal }) => body(client.GET("/api/v1/enrichments/{name}/ask", { params: { path: { name } }, signal })),
    retry: false,
  });

function useRequestMutation<A, R>(run: (arg: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: () => {
      for (const queryKey of [keys.requests, keys.credits, keys.enrichments, keys.enrichment, keys.notifications])
        void queries.invalidateQueries({ queryKey });
    },
  });
}

export const useAskMore = () =>
  useRequestMutation((ask: Schemas["AskInput"]) => body(client.POST("/api/v1/requests", { body: ask })));

export const useApproveRequest = () =>
  useRequestMutation(({ id, estimate_id }: { id: number; estimate_id?: string }) =>
    body(client.POST("/api/v1/requests/{id}/approve", { params: { path: { id } }, body: { estimate_id } })),
  );

export const useRefuseRequest = () =>
  useRequestMutation(({ id, note }: { id: number; note?: string }) =>
    body(client.POST("/api/v1/requests/{id}/refuse", { params: { path: { id } }, body: { note } })),
  );

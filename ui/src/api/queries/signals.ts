import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Entity, type Schemas } from "../client";
import { keys } from "../keys";

export type Signal = Schemas["Signal"];
export type SignalRule = Schemas["SignalRuleView"];

/** What the list of signals is narrowed to. */
export type SignalsOf = {
  entity?: Entity;
  type?: string;
  kind?: string;
  rule?: string;
  audience?: string;
  since?: string;
  retracted?: boolean;
  record?: number;
};

/** What happened to records, newest first. */
export const signalsQuery = (of: SignalsOf) =>
  infiniteQueryOptions({
    queryKey: [...keys.signals, "list", of],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/signals", {
          params: { query: { ...of, limit: 50, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

/** Whether anything ever happened to people, or to companies. */
export const anySignalQuery = (entity: Entity) =>
  queryOptions({
    queryKey: [...keys.signals, "any", entity],
    queryFn: ({ signal }) => body(client.GET("/api/v1/signals", { params: { query: { entity, limit: 1 } }, signal })),
    select: (page) => (page.items ?? []).length > 0,
  });

/** One signal with each of its tellings. */
export const signalQuery = (id: number) =>
  queryOptions({
    queryKey: [...keys.signals, "one", id],
    queryFn: ({ signal }) => body(client.GET("/api/v1/signals/{id}", { params: { path: { id } }, signal })),
  });

export const signalRulesQuery = queryOptions({
  queryKey: keys.signalRules,
  queryFn: ({ signal }) => body(client.GET("/api/v1/signal-rules", { signal })),
});

/** Makes a rule, if there is none of the name. What comes in from then on is read by it. */
export function useMakeRule() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, rule }: { name: string; rule: Schemas["SignalRule"] }) =>
      body(client.POST("/api/v1/signal-rules", { body: { name, ...rule } })),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: keys.signalRules });
      void queries.invalidateQueries({ queryKey: keys.audiences });
    },
  });
}

/** Gives a rule's address a token; the one before ends. It is told this once. */
export function useHookToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name }: { name: string }) =>
      body(client.POST("/api/v1/signal-rules/{name}/token", { params: { path: { name } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.signalRules }),
  });
}

/** Pauses a rule, or has it go on. */
export function usePauseRule() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, pause }: { name: string; pause: boolean }) => {
      const params = { path: { name } };
      return body(
        pause
          ? client.POST("/api/v1/signal-rules/{name}/pause", { params })
          : client.POST("/api/v1/signal-rules/{name}/resume", { params }),
      );
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.signalRules }),
  });
}

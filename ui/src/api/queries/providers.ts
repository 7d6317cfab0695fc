import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, ifMatch, type Schemas } from "../client";
import { keys } from "../keys";

export const providersQuery = queryOptions({
  queryKey: keys.providers,
  queryFn: ({ signal }) => body(client.GET("/api/v1/providers", { signal })),
});

export const pricesQuery = queryOptions({
  queryKey: keys.prices,
  queryFn: ({ signal }) => body(client.GET("/api/v1/prices", { signal })),
});

export const simulatedQuery = queryOptions({
  queryKey: [...keys.providers, "simulated"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/simulated-provider", { signal })),
});

function useProviderMutation<A, R>(run: (arg: A) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: keys.providers });
      void queries.invalidateQueries({ queryKey: keys.prices });
      void queries.invalidateQueries({ queryKey: keys.estimate }); // what was refused may be priced now
    },
  });
}

export const useSetConnection = () =>
  useProviderMutation(
    ({ name, connection, tag }: { name: string; connection: Schemas["ConnectionBody"]; tag: string }) =>
      body(
        client.PUT("/api/v1/providers/{name}/connection", {
          params: { path: { name }, ...ifMatch(tag) },
          body: connection,
        }),
      ),
  );

export const useAddConnection = () =>
  useProviderMutation(({ name, connection }: { name: string; connection: Schemas["ConnectionBody"] }) =>
    body(client.POST("/api/v1/providers/{name}/connection", { params: { path: { name } }, body: connection })),
  );

export const useRemoveConnection = () =>
  useProviderMutation((name: string) =>
    body(client.DELETE("/api/v1/providers/{name}/connection", { params: { path: { name } } })),
  );

export const useTestConnection = () =>
  useProviderMutation((name: string) =>
    body(client.POST("/api/v1/providers/{name}/test", { params: { path: { name } } })),
  );

/** Switched on, it is there when this is done: whoever goes on finds it. */
export function useSetSimulated() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (on: boolean) => body(client.PUT("/api/v1/simulated-provider", { body: { on } })),
    onSuccess: () =>
      Promise.all([keys.providers, keys.estimate].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
}

/** The models that a connection's server offers; asked for once in a while, and only where somebody may. */
export const modelsQuery = (name: string, ask: boolean) =>
  queryOptions({
    queryKey: [...keys.providers, "models", name],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/providers/{name}/models", { params: { path: { name } }, signal })),
    enabled: ask,
    staleTime: 5 * 60_000,
    retry: false,
  });

export const definitionQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.providers, "definition", name],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/providers/{name}/definition", { params: { path: { name } }, signal })),
    enabled: name !== "",
  });

export const useBeginDefinition = () =>
  useMutation({
    mutationFn: (start: Schemas["Start"]) => body(client.POST("/api/v1/providers/definitions/begin", { body: start })),
  });

export const useCheckDefinition = () =>
  useMutation({
    mutationFn: (of: Schemas["CheckDefinitionRequest"]) =>
      body(client.POST("/api/v1/providers/definitions/check", { body: of })),
  });

export const useSaveDefinition = () =>
  useProviderMutation((definition: string) =>
    body(client.POST("/api/v1/providers/definitions", { body: { definition } })),
  );

export const useRemoveDefinition = () =>
  useProviderMutation((name: string) =>
    body(client.DELETE("/api/v1/providers/{name}/definition", { params: { path: { name } } })),
  );

export const useSetPrice = () =>
  useProviderMutation((price: Schemas["PriceBody"]) => body(client.PUT("/api/v1/prices", { body: price })));

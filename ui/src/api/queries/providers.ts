import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Schemas } from "../client";
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
  useProviderMutation(({ name, connection }: { name: string; connection: Schemas["ConnectionBody"] }) =>
    body(client.PUT("/api/v1/providers/{name}/connection", { params: { path: { name } }, body: connection })),
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

export const useSaveDefinition = () =>
  useProviderMutation((definition: string) =>
    body(client.POST("/api/v1/providers/definitions", { body: { definition } })),
  );

export const useSetPrice = () =>
  useProviderMutation((price: Schemas["PriceBody"]) => body(client.PUT("/api/v1/prices", { body: price })));

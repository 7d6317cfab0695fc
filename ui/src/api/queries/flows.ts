import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, ifMatch, type Schemas, tagged } from "../client";
import { keys } from "../keys";

export type Flow = Schemas["Flow"];
export type Destination = Schemas["DestinationView"] & { tag?: string };
export type Source = Schemas["SourceView"];
export type SourceReading = Schemas["SourceReading"];
export type DestinationCheck = Schemas["DestinationCheck"];
export type SendOutcome = Schemas["SentView"]["outcome"];

/** Every way by which records come in or go out. */
export const flowsQuery = queryOptions({
  queryKey: keys.flows,
  queryFn: ({ signal }) => body(client.GET("/api/v1/flows", { signal })),
});

export const sourcesQuery = queryOptions({
  queryKey: [...keys.flows, "sources"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/sources", { signal })),
});

/** The services that come with the product, to which records can go. */
export const servicesQuery = queryOptions({
  queryKey: ["destination services"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/destination-services", { signal })),
  staleTime: Infinity,
});

export const destinationQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.flows, "destination", name],
    queryFn: ({ signal }) => tagged(client.GET("/api/v1/destinations/{name}", { params: { path: { name } }, signal })),
  });

/** What was tried and what came of it, the newest first. */
export const sentQuery = (name: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.flows, "sent", name],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/destinations/{name}/log", {
          params: { path: { name }, query: { after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

/** What is done here makes the list, the destination and its log old. */
function useFlowMutation<In, Out>(mutationFn: (input: In) => Promise<Out>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => queries.invalidateQueries({ queryKey: keys.flows }) });
}

type DestinationBody = Pick<Destination, "to" | "http" | "audience" | "id" | "fields" | "on" | "write">;
type Set = { label?: string; key?: string; base_url?: string };

/** Makes a destination; its name is made of its label. */
export const useCreateDestination = () =>
  useFlowMutation((what: DestinationBody & { label: string }) =>
    body(client.POST("/api/v1/destinations", { body: what })),
  );

/** Changes what a destination sends. */
export const useSaveDestination = (name: string) =>
  useFlowMutation(({ what, tag }: { what: DestinationBody & { label: string }; tag?: string }) =>
    tagged(client.PUT("/api/v1/destinations/{name}", { params: { path: { name }, ...ifMatch(tag) }, body: what })),
  );

/** Says what a destination is called, and how it is reached. */
export const useSetDestination = (name: string) =>
  useFlowMutation(({ tag, ...set }: Set & { tag?: string }) =>
    body(client.PATCH("/api/v1/destinations/{name}", { params: { path: { name }, ...ifMatch(tag) }, body: set })),
  );

export const useDeleteDestination = (name: string) =>
  useFlowMutation((_: undefined) => body(client.DELETE("/api/v1/destinations/{name}", { params: { path: { name } } })));

export const useCheckDestination = (name: string) =>
  useFlowMutation((records: number) =>
    body(client.POST("/api/v1/destinations/{name}/check", { params: { path: { name } }, body: { records } })),
  );

export const useTurnOn = (name: string) =>
  useFlowMutation(({ tag, ...how }: { confirm: boolean; new_only: boolean; tag?: string }) =>
    body(client.POST("/api/v1/destinations/{name}/on", { params: { path: { name }, ...ifMatch(tag) }, body: how })),
  );

export const useTurnOff = (name: string) =>
  useFlowMutation((_: undefined) =>
    body(client.POST("/api/v1/destinations/{name}/off", { params: { path: { name } } })),
  );

export const useReplaySent = (name: string) =>
  useFlowMutation((what: { record: number } | { failed: true }) =>
    body(client.POST("/api/v1/destinations/{name}/replay", { params: { path: { name } }, body: what })),
  );

export const useSourceToken = (name: string) =>
  useFlowMutation((_: undefined) => body(client.POST("/api/v1/sources/{name}/token", { params: { path: { name } } })));

/** Reads the file of a source now; what was written makes other pages old by their events. */
export const useReadSource = (name: string) =>
  useFlowMutation((how: { dry_run?: boolean; new_columns?: boolean; confirm?: boolean }) =>
    body(client.POST("/api/v1/sources/{name}/read", { params: { path: { name } }, body: how })),
  );

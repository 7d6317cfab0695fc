import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, ifMatch, type Schemas } from "../client";
import { keys } from "../keys";

export type Channel = Schemas["ChannelView"];
export type ChannelBody = Schemas["ChannelBody"];

export const channelsQuery = queryOptions({
  queryKey: keys.channels,
  queryFn: ({ signal }) => body(client.GET("/api/v1/channels", { signal })),
});

export const eventTypesQuery = queryOptions({
  queryKey: ["event-types"],
  queryFn: ({ signal }) => body(client.GET("/api/v1/event-types", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The states in which a message can be asked for. */
export type DeliveryState = "pending" | "sent" | "failed" | "dropped";

/** The messages of a channel, the newest first. */
export const deliveriesQuery = (name: string, state?: DeliveryState) =>
  infiniteQueryOptions({
    queryKey: [...keys.deliveries, name, state],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/channels/{name}/deliveries", {
          params: { path: { name }, query: { state, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

/** What is done to channels makes the list and the logs old. */
function useChannelMutation<In, Out>(mutationFn: (input: In) => Promise<Out>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: keys.channels });
      void queries.invalidateQueries({ queryKey: keys.deliveries });
    },
  });
}

export const useCreateChannel = () =>
  useChannelMutation((channel: ChannelBody) => body(client.POST("/api/v1/channels", { body: channel })));

export const useChangeChannel = (name: string) =>
  useChannelMutation(({ change, tag }: { change: ChannelBody; tag: string }) =>
    body(client.PATCH("/api/v1/channels/{name}", { params: { path: { name }, ...ifMatch(tag) }, body: change })),
  );

export const useDeleteChannel = (name: string) =>
  useChannelMutation((_: undefined) => body(client.DELETE("/api/v1/channels/{name}", { params: { path: { name } } })));

export const useTestChannel = (name: string) =>
  useChannelMutation((_: undefined) =>
    body(client.POST("/api/v1/channels/{name}/test", { params: { path: { name } } })),
  );

export const useReplay = (name: string) =>
  useChannelMutation((what: { id: string } | { failed: true }) =>
    body(client.POST("/api/v1/channels/{name}/replay", { params: { path: { name } }, body: what })),
  );

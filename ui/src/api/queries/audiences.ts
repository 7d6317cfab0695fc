import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Entity, ifMatch, type Schemas, tagged } from "../client";
import { keys } from "../keys";

export const audiencesQuery = queryOptions({
  queryKey: keys.audiences,
  queryFn: ({ signal }) => body(client.GET("/api/v1/audiences", { signal })),
});

export const audienceQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.audience, name],
    queryFn: ({ signal }) => tagged(client.GET("/api/v1/audiences/{name}", { params: { path: { name } }, signal })),
  });

export const audienceCountQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.audience, name, "count"],
    queryFn: ({ signal }) => body(client.GET("/api/v1/audiences/{name}/count", { params: { path: { name } }, signal })),
  });

/** Who entered and left between two dates, page by page; without dates, over the last days. */
export const movesQuery = (name: string, from: string, to: string, filter: "today" | "then") =>
  infiniteQueryOptions({
    queryKey: [...keys.audience, name, "moves", from, to, filter],
    initialPageParam: "",
    getNextPageParam: (last: Schemas["AudienceMoves"]) => last.next || undefined,
    queryFn: ({ signal, pageParam }) =>
      body(
        client.GET("/api/v1/audiences/{name}/moves", {
          params: {
            path: { name },
            query: { from: from || undefined, to: to || undefined, filter, after: pageParam || undefined },
          },
          signal,
        }),
      ),
    retry: false,
  });

/** Counts an expression that is not saved: the live count of the builder. */
export const countWhereQuery = (entity: Entity, where: string) =>
  queryOptions({
    queryKey: [...keys.audience, "where", entity, where],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/audiences/count", { params: { query: { entity, where } }, signal })),
    retry: false,
  });

export const explainQuery = (name: string, record: number) =>
  queryOptions({
    queryKey: [...keys.audience, name, "explain", record],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/audiences/{name}/explain", { params: { path: { name }, query: { record } }, signal })),
  });

/** Why an expression holds for a record, or not: of no audience, such as one that is being written. */
export const explainWhereQuery = (entity: Entity, where: string, record: number) =>
  queryOptions({
    queryKey: [...keys.records, "explain", entity, where, record],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/audiences/explain", { params: { query: { entity, where, record } }, signal })),
    retry: false,
  });

export function useSaveAudience() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, audience, tag }: { name: string; audience: Schemas["AudienceBody"]; tag?: string }) =>
      body(client.PUT("/api/v1/audiences/{name}", { params: { path: { name }, ...ifMatch(tag) }, body: audience })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.audiences });
      void queries.invalidateQueries({ queryKey: keys.audience });
    },
  });
}

/** Makes an audience; its name is made of its label. */
export function useCreateAudience() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (audience: Schemas["NewAudienceBody"]) => body(client.POST("/api/v1/audiences", { body: audience })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.audiences }),
  });
}

export function useDeleteAudience() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => body(client.DELETE("/api/v1/audiences/{name}", { params: { path: { name } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.audiences }),
  });
}

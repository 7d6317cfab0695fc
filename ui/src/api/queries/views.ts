import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Entity, ifMatch, type Schemas } from "../client";
import { keys } from "../keys";

export type SavedView = Schemas["SavedView"];
export type Look = Schemas["Look"];

/** What views are of: an audience, or all records of an entity. */
export type ViewsOf = { entity?: Entity; audience?: string };

export const viewsQuery = (of: ViewsOf) =>
  queryOptions({
    queryKey: [...keys.views, of],
    queryFn: ({ signal }) => body(client.GET("/api/v1/views", { params: { query: of }, signal })),
    staleTime: 30_000,
  });

type Change = { name?: string; shared?: boolean; look?: Look };

/** Makes a view, or changes the one of the id. */
export function useSaveView(of: ViewsOf) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, tag, ...change }: Change & { id?: number; tag?: string }) =>
      id
        ? body(client.PATCH("/api/v1/views/{id}", { params: { path: { id }, ...ifMatch(tag) }, body: change }))
        : body(client.POST("/api/v1/views", { body: { ...of, ...change } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.views }),
  });
}

export function useDeleteView() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => body(client.DELETE("/api/v1/views/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.views }),
  });
}

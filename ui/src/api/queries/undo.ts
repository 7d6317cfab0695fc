import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Schemas } from "../client";
import { keys } from "../keys";

export type ChangeSet = Schemas["ChangeSetView"];
export const kinds = [
  "edit",
  "import",
  "run",
  "upsert",
  "add",
  "merge",
  "split",
  "suppress",
  "delete",
  "undo",
] as const;
export type UndoOf = { kind?: (typeof kinds)[number]; by?: string; since?: string; until?: string };

/** What was changed as one, newest first. */
export const undoQuery = (of: UndoOf) =>
  infiniteQueryOptions({
    queryKey: [...keys.undo, "list", of],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/undo", { params: { query: { ...of, limit: 50, after: pageParam || undefined } }, signal }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

/** What taking it back would come to. */
export const takeDryQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.undo, "dry", id],
    queryFn: ({ signal }) =>
      body(client.POST("/api/v1/undo/{id}", { params: { path: { id } }, body: { dry_run: true }, signal })),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });

export function useTakeBack() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      body(client.POST("/api/v1/undo/{id}", { params: { path: { id } }, body: { confirm: true } })),
    onSuccess: () => queries.invalidateQueries(),
  });
}

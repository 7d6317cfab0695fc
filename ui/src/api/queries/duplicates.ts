import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Entity } from "../client";
import { keys } from "../keys";

export type DuplicateState = "open" | "later" | "apart";

export const duplicatesQuery = (entity: Entity, state: DuplicateState) =>
  infiniteQueryOptions({
    queryKey: [...keys.duplicates, "list", entity, state],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/duplicates", {
          params: { query: { entity, state, limit: 50, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

export const duplicateCountsQuery = (entity: Entity) =>
  queryOptions({
    queryKey: [...keys.duplicates, "counts", entity],
    queryFn: ({ signal }) => body(client.GET("/api/v1/duplicates/counts", { params: { query: { entity } }, signal })),
  });

export const duplicateQuery = (id: number, other: number) =>
  queryOptions({
    queryKey: [...keys.duplicates, "pair", id, other],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/duplicates/{id}/{other}", { params: { path: { id, other } }, signal })),
  });

/** What a person does about a pair; `undo` takes it back. */
export type Act =
  | { do: "merge"; survivor: number; loser: number; take: string[] }
  | { do: "apart" | "later" | "open"; record: number; other: number }
  | { do: "unmerge"; merge: number }
  | { do: "split"; record: number; key: string };

/** What was done, and how it is taken back; null where nothing is to be taken back. */
export type Done = { text: string; undo: Act | null };

async function act(a: Act): Promise<Done> {
  switch (a.do) {
    case "merge": {
      const m = await body(
        client.POST("/api/v1/duplicates/merge", {
          body: { survivor_id: a.survivor, loser_id: a.loser, take: a.take },
        }),
      );
      if (m.waiting) return { text: "They become one when the calls in flight have landed.", undo: null };
      return { text: `${a.loser} is part of ${a.survivor} now.`, undo: { do: "unmerge", merge: m.id } };
    }
    case "split": {
      const v = await body(client.POST("/api/v1/duplicates/split", { body: { record_id: a.record, key: a.key } }));
      const [kept, off] = [v.record_id, v.other_id ?? 0];
      return { text: `${off} was split off ${kept}.`, undo: { do: "merge", survivor: kept, loser: off, take: [] } };
    }
    case "unmerge": {
      const m = await body(client.POST("/api/v1/duplicates/unmerge", { body: { merge_id: a.merge } }));
      return {
        text: `${m.survivor_id} and ${m.loser_id} are two again.`,
        undo: { do: "open", record: m.survivor_id, other: m.loser_id },
      };
    }
    default: {
      await body(
        client.POST("/api/v1/duplicates/decide", {
          body: { record_id: a.record, other_id: a.other, decision: a.do },
        }),
      );
      const said = { apart: "They are kept apart.", later: "To be decided later.", open: "To be decided again." }[a.do];
      return { text: said, undo: a.do === "open" ? null : { do: "open", record: a.record, other: a.other } };
    }
  }
}

export function useActOnDuplicate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: keys.records });
      void queries.invalidateQueries({ queryKey: keys.record });
      return queries.invalidateQueries({ queryKey: keys.duplicates });
    },
  });
}

export function useFindDuplicates() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (entity: Entity) => body(client.POST("/api/v1/duplicates/find", { body: { entity } })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.duplicates }),
  });
}

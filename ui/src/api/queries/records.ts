import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { body, client, type Entity, ifMatch, type Schemas } from "../client";
import { keys } from "../keys";

/** What of the records to read; every member is optional and narrows. */
export type RecordSearch = {
  entity?: Entity;
  audience?: string;
  where?: string;
  search?: string;
  fields?: string;
  sort?: string;
  desc?: boolean;
};

export const recordsQuery = (query: RecordSearch, limit = 200) =>
  infiniteQueryOptions({
    queryKey: [...keys.records, query, limit],
    queryFn: ({ pageParam, signal }) =>
      body(
        client.GET("/api/v1/records", {
          params: { query: { ...query, limit, after: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

export const countRecordsQuery = ({ entity, audience, where, search }: RecordSearch) =>
  queryOptions({
    queryKey: [...keys.records, "count", { entity, audience, where, search }],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/records/count", { params: { query: { entity, audience, where, search } }, signal })),
    placeholderData: keepPreviousData,
  });

/** A few records, for previews. */
export const sampleQuery = (query: RecordSearch, limit = 5) =>
  queryOptions({
    queryKey: [...keys.records, "sample", query, limit],
    queryFn: ({ signal }) => body(client.GET("/api/v1/records", { params: { query: { ...query, limit } }, signal })),
  });

/** The most frequent values of a field, with how many records have each. */
export const valuesQuery = ({ entity, field, ...query }: ValuesSearch) =>
  queryOptions({
    queryKey: [...keys.records, "values", entity, field, query],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/records/{entity}/values", {
          params: { path: { entity }, query: { field, ...query } },
          signal,
        }),
      ),
  });

/** Whose values of which field; `q` is text that they hold, `wait` how long to look, in milliseconds. */
export type ValuesSearch = {
  entity: Entity;
  field: string;
  audience?: string;
  where?: string;
  search?: string;
  q?: string;
  limit?: number;
  wait?: number;
};

export const recordQuery = (id: number) =>
  queryOptions({
    queryKey: [...keys.record, id],
    queryFn: ({ signal }) => body(client.GET("/api/v1/records/{id}", { params: { path: { id } }, signal })),
  });

export const callsQuery = (id: number, field?: string) =>
  queryOptions({
    queryKey: [...keys.record, id, "calls", field],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/records/{id}/calls", { params: { path: { id }, query: { field } }, signal })),
  });

/** What a record has to do with: its company or people, audiences, keys, notes, cost. */
export const aboutQuery = (id: number) =>
  queryOptions({
    queryKey: [...keys.record, id, "about"],
    queryFn: ({ signal }) => body(client.GET("/api/v1/records/{id}/about", { params: { path: { id } }, signal })),
  });

/** The records around a place of a list, by their ids; `first` is the place of the first of them, from 0. */
export const besideQuery = (query: RecordSearch, place: number) =>
  queryOptions({
    queryKey: [...keys.records, "beside", query, place],
    queryFn: async ({ signal }) => {
      const first = Math.max(0, place - 2);
      const { items } = await body(
        client.GET("/api/v1/records", {
          params: { query: { ...query, fields: "name", offset: first || undefined, limit: 5 } },
          signal,
        }),
      );
      return { first, ids: items.map((r) => r.id) };
    },
    placeholderData: keepPreviousData,
  });

export function useAddNote(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (text: string) =>
      body(client.POST("/api/v1/records/{id}/notes", { params: { path: { id } }, body: { text } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...keys.record, id, "about"] }),
  });
}

export function useDeleteNote() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => body(client.DELETE("/api/v1/notes/{id}", { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.record }),
  });
}

/** Adds one record that a person typed, or fills the blanks of the one that is there already. */
export function useAddRecord(entity: Entity) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ values, confirm }: { values: Record<string, unknown>; confirm: boolean }) =>
      body(client.POST(`/api/v1/${entity}`, { body: { records: [values], by_hand: true, confirm } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.records });
      void queries.invalidateQueries({ queryKey: keys.record });
    },
  });
}

export function useDeleteRecords() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (what: Schemas["DeleteRecordsRequest"]) => body(client.POST("/api/v1/records/delete", { body: what })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.records }),
  });
}

export function useSuppressRecords() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (what: Schemas["SuppressRecordsRequest"]) =>
      body(client.POST("/api/v1/records/suppress", { body: what })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.records }),
  });
}

/** Records that a person picked, as the API takes them. */
export type Choice = Pick<Schemas["Selection"], "ids" | "audience" | "entity" | "where" | "search" | "except">;

/** What a choice of records comes to, before something is done to them. */
export const chosenQuery = (of: Choice) =>
  queryOptions({
    queryKey: [...keys.records, "chosen", of],
    queryFn: ({ signal }) => body(client.POST("/api/v1/records/chosen", { body: of, signal })),
    retry: false,
  });

/** What setting a field of them would change. */
export const setPreviewQuery = (of: Choice, change: { field: string; value: unknown; how?: "add" }) =>
  queryOptions({
    queryKey: [...keys.records, "chosen", of, change],
    queryFn: ({ signal }) =>
      body(client.POST("/api/v1/records/set", { body: { ...of, ...change, preview: true }, signal })),
    retry: false,
  });

export const setField = (of: Choice, change: { field: string; value: unknown; how?: "add" }, confirm: boolean) =>
  body(client.POST("/api/v1/records/set", { body: { ...of, ...change, confirm } }));

export const fieldsQuery = (entity: Entity) =>
  queryOptions({
    queryKey: [...keys.fields, entity],
    queryFn: ({ signal }) => body(client.GET("/api/v1/fields", { params: { query: { entity } }, signal })),
    staleTime: 30_000,
  });

export function useAddField() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (field: Schemas["FieldBody"]) => body(client.POST("/api/v1/fields", { body: field })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.fields }),
  });
}

export function useUpdateField() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ of, change, tag }: { of: Schemas["Field"]; change: Schemas["UpdateFieldRequest"]; tag?: string }) =>
      body(
        client.PUT("/api/v1/fields/{entity}/{field}", {
          params: { path: { entity: of.entity, field: of.field }, ...ifMatch(tag) },
          body: change,
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.fields }),
  });
}

export function useDeleteField() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ entity, field }: { entity: Entity; field: string }) =>
      body(client.DELETE("/api/v1/fields/{entity}/{field}", { params: { path: { entity, field } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.fields }),
  });
}

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, type Entity, type Schemas, upload } from "../client";
import { keys } from "../keys";

export const importsQuery = queryOptions({
  queryKey: keys.imports,
  queryFn: ({ signal }) => body(client.GET("/api/v1/imports", { signal })),
});

export const importQuery = (id: number) =>
  queryOptions({
    queryKey: [...keys.imports, id],
    queryFn: ({ signal }) => body(client.GET("/api/v1/imports/{id}", { params: { path: { id } }, signal })),
  });

/** How a file is read; what is not said is found by the server. */
export type HowRead = {
  /** Lines above the headings; 0: the server finds them. */
  skipLines?: number;
  encoding?: string;
  delimiter?: string;
  sheet?: string;
};

function sayHow(query: URLSearchParams, of: HowRead) {
  if (of.skipLines) query.set("skip_lines", String(of.skipLines));
  if (of.encoding) query.set("encoding", of.encoding);
  if (of.delimiter) query.set("delimiter", of.delimiter);
  if (of.sheet) query.set("sheet", of.sheet);
}

export type ImportOf = HowRead & {
  entity: Entity;
  file: File;
  source?: string;
  /** The file is of the list whose name it has, although its ids meet others. */
  sameList?: boolean;
  /** Heading of the file → field key; empty leaves the column out. */
  mapping?: Record<string, string>;
  createFields?: boolean;
  /** Selects learn the values that they do not know. */
  createValues?: boolean;
  phoneKey?: boolean;
  region?: string;
  dryRun?: boolean;
  noRun?: boolean;
  confirm?: boolean;
};

/** Sends a file; a dry run answers what it would do and writes nothing. */
export async function sendImport(of: ImportOf, signal?: AbortSignal): Promise<Schemas["ImportView"]> {
  const query = new URLSearchParams({ entity: of.entity, file: of.file.name });
  if (of.source) query.set("source", of.source);
  if (of.sameList) query.set("same_list", "true");
  for (const [column, field] of Object.entries(of.mapping ?? {})) query.append("map", `${column}=${field}`);
  if (of.createFields) query.set("create_fields", "true");
  if (of.createValues) query.set("create_values", "true");
  if (of.phoneKey) query.set("phone_key", "true");
  if (of.region) query.set("region", of.region);
  sayHow(query, of);
  if (of.dryRun) query.set("dry_run", "true");
  if (of.noRun) query.set("no_run", "true");
  if (of.confirm) query.set("confirm", "true");
  const response = await upload(`/api/v1/imports?${query}`, of.file, !of.dryRun, signal);
  return response.json();
}

/** The columns of a file, its first rows, and where each column would go; its beginning is enough. */
export async function lookAtImport(
  of: Pick<ImportOf, "entity" | "file"> & HowRead,
  signal?: AbortSignal,
): Promise<Schemas["ImportView"]> {
  const query = new URLSearchParams({ entity: of.entity, file: of.file.name, look: "true" });
  sayHow(query, of);
  const response = await upload(`/api/v1/imports?${query}`, of.file, false, signal);
  return response.json();
}

export function useImport() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (of: ImportOf) => sendImport(of),
    onSuccess: () => queries.invalidateQueries(),
  });
}

export function useUndoImport() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      body(client.POST("/api/v1/imports/{id}/undo", { params: { path: { id } }, body: { confirm: true } })),
    onSuccess: () => queries.invalidateQueries(),
  });
}

/** Gives columns that an import left out a field, from the rows that it kept. */
export function useMapImport() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...what }: { id: number; map: Record<string, string>; confirm: boolean }) =>
      body(client.POST("/api/v1/imports/{id}/map", { params: { path: { id } }, body: what })),
    onSuccess: () => queries.invalidateQueries(),
  });
}

/** What giving columns a field would do; nothing is written. */
export const mapPreviewQuery = (id: number, map: Record<string, string>) =>
  queryOptions({
    queryKey: [...keys.imports, id, "map", map],
    queryFn: ({ signal }) =>
      body(client.POST("/api/v1/imports/{id}/map", { params: { path: { id } }, body: { map, dry_run: true }, signal })),
    gcTime: 0,
    retry: false,
  });

/** What taking an import back would do; nothing is written. */
export const undoPreviewQuery = (id: number) =>
  queryOptions({
    queryKey: [...keys.imports, id, "undo"],
    queryFn: ({ signal }) =>
      body(client.POST("/api/v1/imports/{id}/undo", { params: { path: { id } }, body: { dry_run: true }, signal })),
    gcTime: 0,
  });

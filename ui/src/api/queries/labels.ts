import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client, ifMatch, tagged } from "../client";
import { keys } from "../keys";

/** What has a label beside its name. */
export type Labelled = "audience" | "enrichment" | "signal";

function patch(of: Labelled, name: string, label: string, tag: string | undefined) {
  const at = { params: { path: { name }, ...ifMatch(tag) }, body: { label } };
  switch (of) {
    case "audience":
      return body(client.PATCH("/api/v1/audiences/{name}", at));
    case "enrichment":
      return body(client.PATCH("/api/v1/enrichments/{name}", at));
    case "signal":
      return body(client.PATCH("/api/v1/signal-rules/{name}", at));
  }
}

/** What a thing is called by now, with its tag. */
export const labelQuery = (of: Labelled, name: string) =>
  queryOptions({
    queryKey: ["label", of, name],
    queryFn: ({ signal }) => get(of, name, signal),
    gcTime: 0,
  });

function get(of: Labelled, name: string, signal: AbortSignal): Promise<{ label: string; tag?: string }> {
  const at = { params: { path: { name } }, signal };
  switch (of) {
    case "audience":
      return tagged(client.GET("/api/v1/audiences/{name}", at));
    case "enrichment":
      return tagged(client.GET("/api/v1/enrichments/{name}", at));
    case "signal":
      return tagged(client.GET("/api/v1/signal-rules/{name}", at));
  }
}

/** Gives something another label. Labels stand on many pages: all is looked at again. */
export function useRename(of: Labelled, name: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ label, tag }: { label: string; tag?: string }) => {
      await patch(of, name, label, tag);
    },
    onSuccess: () =>
      Promise.all(
        [
          keys.audiences,
          keys.audience,
          keys.enrichments,
          keys.enrichment,
          keys.signals,
          keys.signalRules,
          keys.channels,
          keys.hub,
        ].map((queryKey) => queries.invalidateQueries({ queryKey })),
      ),
  });
}

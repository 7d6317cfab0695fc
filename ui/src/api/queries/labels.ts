import { useMutation, useQueryClient } from "@tanstack/react-query";
import { body, client } from "../client";
import { keys } from "../keys";

/** What has a label beside its name. */
export type Labelled = "audience" | "enrichment" | "signal" | "channel";

function patch(of: Labelled, name: string, label: string) {
  const at = { params: { path: { name } }, body: { label } };
  switch (of) {
    case "audience":
      return body(client.PATCH("/api/v1/audiences/{name}", at));
    case "enrichment":
      return body(client.PATCH("/api/v1/enrichments/{name}", at));
    case "signal":
      return body(client.PATCH("/api/v1/signal-rules/{name}", at));
    case "channel":
      return body(client.PATCH("/api/v1/channels/{name}", at));
  }
}

/** Gives something another label. Labels stand on many pages: all is looked at again. */
export function useRename(of: Labelled, name: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (label: string) => {
      await patch(of, name, label);
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

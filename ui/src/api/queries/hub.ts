import { queryOptions } from "@tanstack/react-query";
import { body, client, type Entity } from "../client";
import { keys } from "../keys";

export type HubOf = { entity?: Entity; audience?: string };

export const hubQuery = (of: HubOf) =>
  queryOptions({
    queryKey: [...keys.hub, of],
    queryFn: ({ signal }) => body(client.GET("/api/v1/hub", { params: { query: of }, signal })),
  });

/** What the Data Hub shows at an address. An audience may be of either entity: only the server knows. */
export const hubOf = (search: { audience?: string; entity?: "companies" }): HubOf =>
  search.audience ? { audience: search.audience } : { entity: search.entity ?? "people" };

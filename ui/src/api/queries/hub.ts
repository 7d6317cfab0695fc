import { queryOptions } from "@tanstack/react-query";
import { body, client, type Entity } from "../client";
import { keys } from "../keys";

/** `as_of` is a day of UTC, at whose end it is told; without it, now. */
export type HubOf = { entity?: Entity; audience?: string; as_of?: string };

export const hubQuery = (of: HubOf) =>
  queryOptions({
    queryKey: [...keys.hub, of],
    queryFn: ({ signal }) => body(client.GET("/api/v1/hub", { params: { query: of }, signal })),
  });

/** What the Data Hub shows at an address. An audience may be of either entity: only the server knows. */
export const hubOf = (search: { audience?: string; entity?: "companies"; day?: string }): HubOf => ({
  ...(search.audience ? { audience: search.audience } : { entity: search.entity ?? "people" }),
  ...(search.day ? { as_of: search.day } : {}),
});

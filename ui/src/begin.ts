import type { FetchQueryOptions } from "@tanstack/react-query";
import { queries } from "./api/cache";
import type { Entity } from "./api/client";
import { audienceCountQuery, audienceQuery, audiencesQuery } from "./api/queries/audiences";
import { enrichmentQuery, enrichmentsQuery } from "./api/queries/enrichments";
import { hubOf, hubQuery } from "./api/queries/hub";
import { creditsQuery } from "./api/queries/money";
import { aboutQuery, countRecordsQuery, fieldsQuery, recordQuery } from "./api/queries/records";
import { anySignalQuery } from "./api/queries/signals";

/** Asks, and leaves what comes, or fails, to the page that shows it. */
const ask = <T, K extends readonly unknown[]>(query: FetchQueryOptions<T, Error, T, K>) =>
  void queries.prefetchQuery(query);

/**
 * What each page asks first, asked while its code is still on its way. Nothing
 * waits for the answers here, and a page asks as if they were not there.
 */
export const begin = {
  hub: (search: { audience?: string; entity?: "companies"; day?: string }) => {
    ask(hubQuery(hubOf(search)));
    ask(audiencesQuery);
  },
  records: (entity: Entity) => {
    ask(fieldsQuery(entity));
    ask(anySignalQuery(entity));
    ask(countRecordsQuery({ entity }));
  },
  record: (id: string) => {
    const of = Number(id);
    if (!Number.isSafeInteger(of) || of <= 0) return;
    ask(recordQuery(of));
    ask(aboutQuery(of));
  },
  audiences: () => ask(audiencesQuery),
  audience: (name: string) => {
    ask(audienceQuery(name));
    ask(audienceCountQuery(name));
  },
  enrichments: () => ask(enrichmentsQuery),
  enrichment: (name: string) => ask(enrichmentQuery(name)),
  credits: () => ask(creditsQuery),
};

import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import type { Entity } from "../../../api/client";
import { audienceQuery } from "../../../api/queries/audiences";
import { enrichmentQuery } from "../../../api/queries/enrichments";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Page } from "../../../ui/Page";
import { draftOf, emptyDraft } from "./draft";
import { Editor } from "./Editor";

/** A named audience is asked for by its name: a list may be older than it, and all is not meant. */
export function NewEnrichmentPage() {
  const { field, audience, entity = "people" } = useSearch({ from: "/enrichments/new" });
  const named = useQuery({ ...audienceQuery(audience ?? ""), enabled: Boolean(audience) });
  if (audience && !named.data) {
    return (
      <Page name="New enrichment" title="New enrichment">
        {named.error ? <ErrorNote error={named.error} /> : <Skeleton h={300} />}
      </Page>
    );
  }
  const of: Entity = named.data?.entity ?? entity;
  const start = named.data?.name ?? (of === "people" ? "all-people" : "all-companies");
  return <Editor entity={of} start={emptyDraft(start)} wanted={field} />;
}

export function EditEnrichmentPage() {
  const { name } = useParams({ from: "/enrichments/$name/edit" });
  const { data, error, refetch } = useQuery({ ...enrichmentQuery(name), refetchOnMount: false });
  if (!data) {
    return (
      <Page name={`Edit ${name}`} title={`Edit ${name}`}>
        {error ? <ErrorNote error={error} retry={() => void refetch()} /> : <Skeleton h={300} />}
      </Page>
    );
  }
  return <Editor entity={data.entity} start={draftOf(data.definition)} existing={data} />;
}

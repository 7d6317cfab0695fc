import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import type { Entity } from "../../../api/client";
import { audiencesQuery } from "../../../api/queries/audiences";
import { enrichmentQuery } from "../../../api/queries/enrichments";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Page } from "../../../ui/Page";
import { draftOf, emptyDraft } from "./draft";
import { Editor } from "./Editor";

export function NewEnrichmentPage() {
  const { field, audience, entity } = useSearch({ from: "/enrichments/new" });
  const audiences = useQuery(audiencesQuery);
  if (!audiences.data) {
    return (
      <Page name="New enrichment" title="New enrichment">
        {audiences.error ? <ErrorNote error={audiences.error} /> : <Skeleton h={300} />}
      </Page>
    );
  }
  const chosen = audiences.data.items?.find((a) => a.name === audience);
  const of: Entity = chosen?.entity ?? entity ?? "people";
  const start = chosen?.name ?? (of === "people" ? "all-people" : "all-companies");
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

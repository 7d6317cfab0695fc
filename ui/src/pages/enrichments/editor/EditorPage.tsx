import { Page } from "../../../ui/Page";

export function NewEnrichmentPage() {
  return (
    <Page name="NewEnrichment" title="NewEnrichment">
      <span />
    </Page>
  );
}

export function EditEnrichmentPage() {
  return (
    <Page name="EditEnrichment" title="EditEnrichment">
      <span />
    </Page>
  );
}

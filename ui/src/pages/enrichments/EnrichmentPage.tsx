import { Page } from "../../ui/Page";

export function EnrichmentPage() {
  return (
    <Page name="Enrichment" title="Enrichment">
      <span />
    </Page>
  );
}

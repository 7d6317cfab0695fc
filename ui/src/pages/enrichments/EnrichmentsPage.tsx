import { Page } from "../../ui/Page";

export function EnrichmentsPage() {
  return (
    <Page name="Enrichments" title="Enrichments">
      <span />
    </Page>
  );
}

import { Page } from "../../ui/Page";

export function AudiencesPage() {
  return (
    <Page name="Audiences" title="Audiences">
      <span />
    </Page>
  );
}

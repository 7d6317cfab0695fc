import { Page } from "../../ui/Page";

export function AudiencePage() {
  return (
    <Page name="Audience" title="Audience">
      <span />
    </Page>
  );
}

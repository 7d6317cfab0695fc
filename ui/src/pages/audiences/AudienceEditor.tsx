import { Page } from "../../ui/Page";

export function NewAudiencePage() {
  return (
    <Page name="NewAudience" title="NewAudience">
      <span />
    </Page>
  );
}

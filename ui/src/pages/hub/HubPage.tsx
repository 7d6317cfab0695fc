import { Page } from "../../ui/Page";

export function HubPage() {
  return (
    <Page name="Hub" title="Hub">
      <span />
    </Page>
  );
}

import { Page } from "../../ui/Page";

export function CreditsPage() {
  return (
    <Page name="Credits" title="Credits">
      <span />
    </Page>
  );
}

import { Page } from "../../ui/Page";

export function ProvidersPage() {
  return (
    <Page name="Providers" title="Providers">
      <span />
    </Page>
  );
}

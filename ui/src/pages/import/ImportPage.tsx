import { Page } from "../../ui/Page";

export function ImportPage() {
  return (
    <Page name="Import" title="Import">
      <span />
    </Page>
  );
}

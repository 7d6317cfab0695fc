import { Page } from "../../ui/Page";

export function SettingsPage() {
  return (
    <Page name="Settings" title="Settings">
      <span />
    </Page>
  );
}

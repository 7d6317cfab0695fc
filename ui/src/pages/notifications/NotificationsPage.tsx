import { Page } from "../../ui/Page";

export function NotificationsPage() {
  return (
    <Page name="Notifications" title="Notifications">
      <span />
    </Page>
  );
}

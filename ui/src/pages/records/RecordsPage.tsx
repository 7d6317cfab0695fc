import { Page } from "../../ui/Page";

export function PeoplePage() {
  return (
    <Page name="People" title="People">
      <span />
    </Page>
  );
}

export function CompaniesPage() {
  return (
    <Page name="Companies" title="Companies">
      <span />
    </Page>
  );
}

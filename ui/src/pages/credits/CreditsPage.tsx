import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { JournalOf } from "../../api/queries/money";
import { requestsQuery } from "../../api/queries/requests";
import { useCreditUSD } from "../../ui/MoneyText";
import { aCredit } from "../../ui/money";
import { Page } from "../../ui/Page";
import { TabList } from "../../ui/TabList";
import { Grant } from "./Grant";
import { Journal } from "./Journal";
import { Limits } from "./Limits";
import { Requests } from "./Requests";
import { Spend } from "./Spend";
import { Summary } from "./Summary";
import { Unknowns } from "./Unknowns";

export function CreditsPage() {
  const { tab, group: _, window: __, ...of } = useSearch({ from: "/credits" });
  const go = useNavigate();
  const usd = useCreditUSD();
  const waiting = useQuery(requestsQuery()).data?.items?.length ?? 0;
  return (
    <Page name="Credits" title="Credits" sub={`Where every credit went, and why. ${aCredit(usd)}`} actions={<Grant />}>
      <Summary />
      <Tabs
        value={tab ?? "spend"}
        onChange={(t) => void go({ to: "/credits", search: { tab: t ?? undefined } })}
        keepMounted={false}
        mt="lg"
      >
        <TabList shown={tab ?? "spend"} mb="md">
          <Tabs.Tab value="spend">Spend</Tabs.Tab>
          <Tabs.Tab value="journal">Journal</Tabs.Tab>
          <Tabs.Tab value="unknown">To resolve</Tabs.Tab>
          <Tabs.Tab value="limits">Limits</Tabs.Tab>
          <Tabs.Tab value="requests">{waiting > 0 ? `Requests (${waiting})` : "Requests"}</Tabs.Tab>
        </TabList>
        <Tabs.Panel value="spend">
          <Spend />
        </Tabs.Panel>
        <Tabs.Panel value="journal">
          <Journal key={JSON.stringify(of)} initial={of as JournalOf} />
        </Tabs.Panel>
        <Tabs.Panel value="unknown">
          <Unknowns />
        </Tabs.Panel>
        <Tabs.Panel value="limits">
          <Limits />
        </Tabs.Panel>
        <Tabs.Panel value="requests">
          <Requests />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Page } from "../../ui/Page";
import { TabList } from "../../ui/TabList";
import { Rules } from "./Rules";
import { SignalList } from "./SignalList";

/** What happened to records, and the rules that look for it. */
export function SignalsPage() {
  const search = useSearch({ from: "/signals" });
  const go = useNavigate();
  return (
    <Page
      name="Signals"
      title="Signals"
      sub="What happened to your people and companies: a new job, a funding round. The same news twice is one signal."
    >
      <Tabs
        value={search.tab ?? "signals"}
        onChange={(t) => void go({ to: "/signals", search: { tab: t === "rules" ? "rules" : undefined } })}
        keepMounted={false}
      >
        <TabList shown={search.tab ?? "signals"} mb="md">
          <Tabs.Tab value="signals">Signals</Tabs.Tab>
          <Tabs.Tab value="rules">Rules</Tabs.Tab>
        </TabList>
        <Tabs.Panel value="signals">
          <SignalList />
        </Tabs.Panel>
        <Tabs.Panel value="rules">
          <Rules />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

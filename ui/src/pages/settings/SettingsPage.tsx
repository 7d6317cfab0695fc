import { Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { creditsQuery } from "../../api/queries/money";
import { statusQuery } from "../../api/queries/workspace";
import { formatMoney } from "../../ui/money";
import { Page } from "../../ui/Page";
import { TabList } from "../../ui/TabList";
import { Actions } from "./Actions";
import { Audit } from "./Audit";
import { Channels } from "./Channels";
import { Password } from "./Password";
import { People } from "./People";
import { PilotAllowance } from "./PilotAllowance";
import { Tokens } from "./Tokens";
import { WorkspaceName } from "./WorkspaceName";

const parts = [
  { value: "general", label: "General" },
  { value: "people", label: "People", admin: true },
  { value: "tokens", label: "API tokens", admin: true },
  { value: "channels", label: "Channels" },
  { value: "activity", label: "Activity", admin: true },
] as const;

type Part = (typeof parts)[number]["value"];
const asTab = (t: string | null) => parts.find((p) => p.value === t)?.value as Exclude<Part, "general"> | undefined;

/** The settings, a part at a time, each at its own address. */
export function SettingsPage() {
  const status = useQuery(statusQuery).data;
  const { tab } = useSearch({ from: "/settings" });
  const go = useNavigate();
  const admin = status?.role === "admin";
  const mine = parts.filter((p) => admin || !("admin" in p));
  const shown = mine.find((p) => p.value === tab)?.value ?? "general";
  return (
    <Page name="Settings" title="Settings">
      <Tabs value={shown} onChange={(t) => void go({ to: "/settings", search: { tab: asTab(t) } })} keepMounted={false}>
        <TabList shown={shown} mb="md">
          {mine.map((p) => (
            <Tabs.Tab key={p.value} value={p.value}>
              {p.label}
            </Tabs.Tab>
          ))}
        </TabList>
        <Stack gap="xl" maw={900}>
          <Tabs.Panel value="general">
            <General />
          </Tabs.Panel>
          <Tabs.Panel value="people">
            <People me={status?.actor ?? ""} />
          </Tabs.Panel>
          <Tabs.Panel value="tokens">
            <Tokens />
          </Tabs.Panel>
          <Tabs.Panel value="channels">
            <Channels />
          </Tabs.Panel>
          <Tabs.Panel value="activity">
            <Actions />
          </Tabs.Panel>
        </Stack>
      </Tabs>
    </Page>
  );
}

function General() {
  const status = useQuery(statusQuery).data;
  const credits = useQuery(creditsQuery).data;
  return (
    <Stack gap="xl">
      <section>
        <Text fw={600} component="h2" mb={4}>
          This workspace
        </Text>
        <Text>
          You are signed in as {status?.actor} ({status?.role}).{" "}
          {status?.following
            ? "Enrichments are running."
            : "Enrichments are not running: whoever runs the server has to start a worker."}
        </Text>
        {credits && <Text>One credit is worth {formatMoney("1", credits.credit_usd)}.</Text>}
        <Text c="dimmed" size="xs">
          Fettle {status?.version}
        </Text>
        {status?.role === "admin" && <WorkspaceName key={status.workspace} name={status.workspace ?? ""} />}
      </section>
      {status?.session && status.actor.includes("@") && <Password />}
      <PilotAllowance />
      <Audit />
    </Stack>
  );
}

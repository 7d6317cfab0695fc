import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { creditsQuery } from "../../api/queries/money";
import { statusQuery } from "../../api/queries/workspace";
import { formatMoney } from "../../ui/money";
import { Page } from "../../ui/Page";
import { Actions } from "./Actions";
import { Audit } from "./Audit";
import { Channels } from "./Channels";
import { Password } from "./Password";
import { People } from "./People";
import { PilotAllowance } from "./PilotAllowance";
import { Tokens } from "./Tokens";
import { WorkspaceName } from "./WorkspaceName";

export function SettingsPage() {
  const status = useQuery(statusQuery).data;
  const credits = useQuery(creditsQuery).data;
  return (
    <Page name="Settings" title="Settings">
      <Stack gap="xl" maw={900}>
        <section>
          <Text fw={600} component="h2" mb={4}>
            This workspace
          </Text>
          <Text>
            Fettle {status?.version}. You are {status?.actor}, {status?.role}.{" "}
            {status?.following
              ? "A process is there that makes calls."
              : "Nobody is following: no process makes calls."}
          </Text>
          {credits && <Text>One credit is worth {formatMoney("1", credits.credit_usd)}.</Text>}
          {status?.role === "admin" && <WorkspaceName key={status.workspace} name={status.workspace ?? ""} />}
        </section>
        {status?.session && status.actor.includes("@") && <Password />}
        {status?.role === "admin" && (
          <>
            <People me={status.actor} />
            <Tokens />
          </>
        )}
        <Channels />
        <PilotAllowance />
        <Audit />
        {status?.role === "admin" && <Actions />}
      </Stack>
    </Page>
  );
}

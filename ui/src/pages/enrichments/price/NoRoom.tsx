import { Button, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../../api/client";
import { useCreditUSD } from "../../../ui/MoneyText";
import { aCredit } from "../../../ui/money";
import { WhyNot } from "../../../ui/Permitted";
import { readable } from "../../../ui/time";
import { Grant } from "../../credits/Grant";
import { LimitForm } from "../dialogs/LimitForm";

type Props = { of: Schemas["EnrichmentView"]; estimate: Schemas["Estimate"]; onResumed?: () => void };

/** Whose limit leaves no room for another row, and the way to make some, where one is. */
export function NoRoom({ of, estimate, onResumed }: Props) {
  const usd = useCreditUSD();
  const why = <Text>Nothing can be bought: {readable(estimate.no_room ?? "")}.</Text>;
  switch (estimate.no_room_of) {
    case "balance":
      return (
        <Stack gap="xs" align="flex-start">
          <Text fw={600}>Give the workspace credits first</Text>
          {why}
          <Text c="dimmed">{aCredit(usd)} Granting pays nobody: it says how much may be spent here in all.</Text>
          <Grant filled />
          <WhyNot to="spend" />
        </Stack>
      );
    case "workspace":
    case "provider":
    case "person":
    case "budget":
      return (
        <Stack gap="xs" align="flex-start">
          <Text fw={600}>Another limit is in the way</Text>
          {why}
          <Button
            variant="default"
            renderRoot={(props) => <Link {...props} to="/credits" search={{ tab: "limits" }} />}
          >
            Open the limits
          </Button>
        </Stack>
      );
    default:
      return (
        <Stack gap="xs">
          <Text fw={600}>Raise the limit first</Text>
          {why}
          <LimitForm of={of} estimate={estimate} onResumed={onResumed} />
        </Stack>
      );
  }
}

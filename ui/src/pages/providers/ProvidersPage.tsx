import { Badge, Button, Group, Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { providersQuery } from "../../api/queries/providers";
import { ErrorNote } from "../../ui/ErrorNote";
import { creditsText, formatCredits } from "../../ui/money";
import { Page } from "../../ui/Page";
import { May } from "../../ui/Permitted";
import { count } from "../../ui/time";
import { ConnectionForm } from "./ConnectionForm";
import { Prices } from "./Prices";
import classes from "./ProvidersPage.module.css";
import { Simulate } from "./Simulate";
import { makesUp } from "./simulated";
import { whyNot } from "./why";

type Provider = Schemas["ProviderView"];

/** Where data and text are bought: keys, prices, and what they have brought so far. */
export function ProvidersPage() {
  const { data, error, refetch } = useQuery(providersQuery);
  const { provider } = useSearch({ from: "/providers" });
  const go = useNavigate();
  const items = [...(data?.items ?? [])].sort((a, b) => rank(b) - rank(a));
  const alone = data && !items.some((p) => p.ready && p.kind !== "formula");
  return (
    <Page
      name="Providers"
      title="Providers"
      sub="Use your own keys. A provider can run once you’ve set its price."
      actions={
        <May to="edit">
          <Button variant="default" onClick={() => void go({ to: "/providers/definition" })}>
            Add a provider
          </Button>
        </May>
      }
    >
      <Stack gap="lg">
        <ErrorNote error={error} retry={refetch} />
        {!data && !error && <Skeleton h={260} />}
        {alone && (
          <Stack className="panel" p="md" gap="xs">
            <Text>No provider is connected yet. Add a key to one below, or see first how it works:</Text>
            <Simulate />
          </Stack>
        )}
        <div className="panel">
          {items.map((p) => (
            <div key={p.name} className={classes.provider}>
              <UnstyledButton
                className={classes.head}
                aria-expanded={provider === p.name}
                onClick={() =>
                  void go({ to: "/providers", search: { provider: provider === p.name ? undefined : p.name } })
                }
              >
                <Group gap="sm" wrap="nowrap">
                  <Text fw={550}>{p.title}</Text>
                  <Badge color={p.ready ? "teal" : "gray"}>{stands(p)}</Badge>
                  {p.simulated && <Badge color="blue">simulated</Badge>}
                  {p.connection !== "default" && (
                    <Text c="dimmed" size="xs">
                      {p.name}
                    </Text>
                  )}
                </Group>
                <Text c="dimmed" className="tabular" size="xs">
                  {[summary(p), left(p)].filter(Boolean).join(" · ")}
                </Text>
              </UnstyledButton>
              {provider === p.name && <ConnectionForm key={p.name} of={p} />}
            </div>
          ))}
        </div>
        <Prices />
      </Stack>
    </Page>
  );
}

/** What can be asked comes first, then what needs no key. */
const rank = (p: Provider) => 2 * Number(p.ready) + Number(makesUp(p));

const stands = (p: Provider) => (p.ready ? "ready" : makesUp(p) ? "off" : "not connected");

/** What is left on the account there; nothing where it is not known. */
const left = (p: Provider) =>
  p.balance_units == null
    ? ""
    : `${formatCredits(p.balance_units)} ${p.unit === "credit" ? "of its credits" : p.unit} left`;

function summary(p: Provider): string {
  if (p.calls > 0) {
    return `${count(p.calls, "call")}, ${Math.round((100 * p.found) / p.calls)}% found, ${creditsText(p.cost_per_hit_credits)} a hit`;
  }
  if (p.why) return whyNot(p);
  return count(p.operations.length, "operation");
}

import { Alert, Badge, Group, Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import type { Schemas } from "../../api/client";
import { code } from "../../api/code";
import { enrichmentQuery } from "../../api/queries/enrichments";
import { ErrorNote } from "../../ui/ErrorNote";
import { useAudienceLabel, useFieldLabel, useProviderTitle } from "../../ui/labels";
import { Page } from "../../ui/Page";
import { Rename } from "../../ui/Rename";
import { TabList } from "../../ui/TabList";
import { readable } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import { sentence } from "../../ui/words";
import { Journal } from "../credits/Journal";
import { asksMadeUp } from "../providers/simulated";
import { ApprovalNote } from "./ApprovalNote";
import { AskMore } from "./AskMore";
import { Backtest } from "./Backtest";
import { triedBefore, triesFirst } from "./begun";
import { LimitForm } from "./dialogs/LimitForm";
import { Head } from "./Head";
import { tabOf, tabsOf } from "./machine";
import { pausedBecause } from "./outcomes";
import { Pilot } from "./Pilot";
import { PricePanel } from "./price/PricePanel";
import { Rows } from "./Rows";
import { Runs } from "./Runs";
import { StateBadge } from "./StateBadge";
import { Versions } from "./Versions";
import { WaitingNote } from "./WaitingNote";

const OverviewTab = lazy(code(() => import("./pictures/OverviewTab")));

type Enrichment = Schemas["EnrichmentView"];

export function EnrichmentPage() {
  const { name } = useParams({ from: "/enrichments/$name" });
  const { data, error, refetch } = useQuery(enrichmentQuery(name));
  if (!data) {
    return (
      <Page name={name} title={name}>
        {error ? <ErrorNote error={error} retry={refetch} /> : <Waiting />}
      </Page>
    );
  }
  return <Detail of={data} />;
}

function Detail({ of }: { of: Enrichment }) {
  const { tab, outcome, reason } = useSearch({ from: "/enrichments/$name" });
  const go = useNavigate();
  const audience = useAudienceLabel();
  const field = useFieldLabel(of.entity);
  const provider = useProviderTitle();
  const shown = tabOf(of, tab);
  const because = pausedBecause(of);
  const show = (t: string | null) =>
    void go({ to: "/enrichments/$name", params: { name: of.name }, search: { tab: t ?? undefined } });
  // An address that asks for a tab that is gone is mended, else the tab would come up by itself later.
  const { name } = of;
  useEffect(() => {
    if (tab && tab !== shown) void go({ to: "/enrichments/$name", params: { name }, search: {}, replace: true });
  }, [tab, shown, name, go]);
  return (
    <Page
      name={of.label}
      title={
        <Group gap="sm">
          {of.label} <StateBadge of={of} />
          {of.definition.steps.some((s) => asksMadeUp(s.provider)) && (
            <Badge color="blue" title="A step asks the simulated provider: its answers are made up.">
              simulated
            </Badge>
          )}
        </Group>
      }
      sub={
        <>
          {of.definition.steps.map((s) => provider(s.provider)).join(" → ")} →{" "}
          {Object.values(of.definition.outputs ?? {})
            .map(field)
            .join(", ")}{" "}
          · for {of.audience.map(audience).join(", ")} · version {of.version}
        </>
      }
      beside={<Rename of="enrichment" name={of.name} label={of.label} />}
      actions={<Head of={of} tab={shown} show={show} />}
    >
      <Stack gap="sm">
        {of.message && <Alert>{sentence(readable(of.message))}</Alert>}
        <WaitingNote of={of} />
        {because && (
          <Alert color="orange">
            {because}
            <AskMore of={of} />
          </Alert>
        )}
        <ApprovalNote of={of} />
        <Tabs value={shown} onChange={show} keepMounted={false}>
          <TabList shown={shown} mb="md">
            {tabsOf(of).map((t) => (
              <Tabs.Tab key={t.value} value={t.value}>
                {t.label}
              </Tabs.Tab>
            ))}
          </TabList>
          <Tabs.Panel value="overview">
            <Suspense fallback={<Waiting />}>
              <OverviewTab of={of} />
            </Suspense>
          </Tabs.Panel>
          <Tabs.Panel value="start">
            <TryAndStart of={of} onStarted={() => show("overview")} />
          </Tabs.Panel>
          <Tabs.Panel value="backtest">
            <Backtest name={of.name} />
          </Tabs.Panel>
          <Tabs.Panel value="rows">
            <Rows of={of} outcome={outcome} reason={reason} />
          </Tabs.Panel>
          <Tabs.Panel value="runs">
            <Runs name={of.name} />
          </Tabs.Panel>
          <Tabs.Panel value="limit">
            <LimitTab of={of} onResumed={() => show("overview")} />
          </Tabs.Panel>
          <Tabs.Panel value="journal">
            <Journal fixed={{ enrichment: of.name }} />
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <Versions name={of.name} entity={of.entity} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Page>
  );
}

/**
 * Ten rows to try, whose results stay on screen while the price learns from them, and the price with its button: what is
 * advised first.
 */
function TryAndStart({ of, onStarted }: { of: Enrichment; onStarted: () => void }) {
  const first = triesFirst(of);
  const [above] = useState(first); // where it stood stays, so that nothing moves under the hand
  const few = of.limit && (
    <Part title={first ? "Try 10 rows first" : triedBefore(of) ? "Try 10 more" : "Try 10 rows"}>
      <Pilot of={of} />
    </Part>
  );
  return (
    <Stack gap="lg">
      {above && few}
      <Part title={of.limit ? "The price" : "A limit"}>
        <PricePanel
          key={`${of.version}-${of.state}-${of.limit?.credits}-${of.limit?.records}-${of.paid_rows}`}
          of={of}
          onStarted={onStarted}
        />
      </Part>
      {!above && few}
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel" style={{ padding: 16 }}>
      <Text fw={600} mb="sm" component="h2">
        {title}
      </Text>
      {children}
    </section>
  );
}

function LimitTab({ of, onResumed }: { of: Enrichment; onResumed: () => void }) {
  return (
    <Stack maw={560} gap="sm">
      <Text>
        It never spends more than its limit, even if something crashes. Everything it has ever spent counts, across
        audiences, versions and resets.
      </Text>
      <LimitForm of={of} key={`${of.limit?.credits}-${of.limit?.records}`} onResumed={onResumed} />
    </Stack>
  );
}

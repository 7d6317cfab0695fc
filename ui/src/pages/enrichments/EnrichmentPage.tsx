import { Alert, Button, Group, Menu, Stack, Tabs, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDots, IconLock, IconPencil, IconPlayerPause, IconPlayerPlay, IconTargetArrow } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { enrichmentQuery, useDeleteEnrichment } from "../../api/queries/enrichments";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { Page } from "../../ui/Page";
import { May, Only } from "../../ui/Permitted";
import { readable } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import { sentence } from "../../ui/words";
import { Journal } from "../credits/Journal";
import { ApprovalNote } from "./ApprovalNote";
import { Backtest } from "./Backtest";
import { LimitForm } from "./dialogs/LimitForm";
import { PauseDialog } from "./dialogs/PauseDialog";
import { PointDialog } from "./dialogs/PointDialog";
import { ResetDialog } from "./dialogs/ResetDialog";
import { Overview } from "./Overview";
import { doneRows, pausedBecause, totalRows } from "./outcomes";
import { Pilot } from "./Pilot";
import { PricePanel } from "./price/PricePanel";
import { Rows } from "./Rows";
import { ScheduleNote } from "./ScheduleNote";
import { StateBadge } from "./StateBadge";
import { Versions } from "./Versions";
import { WaitingNote } from "./WaitingNote";

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
  const live = of.state === "live";
  const because = of.state === "paused" ? pausedBecause(of) : undefined;
  const show = (t: string | null) =>
    void go({ to: "/enrichments/$name", params: { name: of.name }, search: { tab: t ?? undefined } });
  const first = live || totalRows(of.rows) === doneRows(of.rows) ? "overview" : "start";
  return (
    <Page
      name={of.name}
      title={
        <Group gap="sm">
          {of.name} <StateBadge of={of} />
        </Group>
      }
      sub={
        <>
          {of.definition.steps.map((s) => s.provider).join(" → ")} →{" "}
          {Object.values(of.definition.outputs ?? {}).join(", ")} · on {of.audience.join(", ")} · version {of.version}
        </>
      }
      actions={<Actions of={of} onStart={() => show("start")} />}
    >
      <Stack gap="sm">
        {of.message && <Alert>{sentence(readable(of.message))}</Alert>}
        <WaitingNote of={of} />
        {because && <Alert color="orange">{because}</Alert>}
        <ApprovalNote of={of} />
        <Tabs value={tab ?? first} onChange={show} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="overview">Overview</Tabs.Tab>
            {!live && <Tabs.Tab value="start">{of.run_id ? "Price and resume" : "Try and start"}</Tabs.Tab>}
            <Tabs.Tab value="backtest">Backtest</Tabs.Tab>
            <Tabs.Tab value="rows">Rows</Tabs.Tab>
            <Tabs.Tab value="limit">Limit</Tabs.Tab>
            <Tabs.Tab value="journal">Journal</Tabs.Tab>
            <Tabs.Tab value="versions">Versions</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="overview">
            <Stack gap="lg">
              <ScheduleNote of={of} />
              <Overview of={of} />
            </Stack>
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
          <Tabs.Panel value="limit">
            <LimitTab of={of} />
          </Tabs.Panel>
          <Tabs.Panel value="journal">
            <Journal fixed={{ enrichment: of.name }} />
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <Versions name={of.name} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Page>
  );
}

/** Ten rows before the price of a first start; after it the price is what one comes for. */
function TryAndStart({ of, onStarted }: { of: Enrichment; onStarted: () => void }) {
  const again = Boolean(of.run_id);
  const pilot = of.limit && (
    <Part title={again ? "Try 10 rows" : "1. Run on 10 first"}>
      <Pilot of={of} />
    </Part>
  );
  return (
    <Stack gap="lg">
      {!again && pilot}
      <Part title={!of.limit ? "A limit" : again ? "The price" : "2. The price"}>
        <PricePanel
          key={`${of.version}-${of.state}-${of.limit?.credits}-${of.limit?.records}-${of.paid_rows}`}
          of={of}
          onStarted={onStarted}
        />
      </Part>
      {again && pilot}
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

function LimitTab({ of }: { of: Enrichment }) {
  return (
    <Stack maw={560} gap="sm">
      <Text>
        It never spends beyond its limit, whatever crashes and however many processes run. Spend counts over its whole
        life, across audiences, versions and resets.
      </Text>
      <LimitForm of={of} key={`${of.limit?.credits}-${of.limit?.records}`} />
    </Stack>
  );
}

function Actions({ of, onStart }: { of: Enrichment; onStart: () => void }) {
  const [pausing, pause] = useDisclosure(false);
  const [resetting, reset] = useDisclosure(false);
  const [pointing, point] = useDisclosure(false);
  const [deleting, remove] = useDisclosure(false);
  const live = of.state === "live";
  return (
    <>
      {live || of.piloting ? (
        <May to="edit">
          <Button variant="default" leftSection={<IconPlayerPause size={14} />} onClick={pause.open}>
            Pause
          </Button>
        </May>
      ) : (
        <May to="spend">
          <Button leftSection={<IconPlayerPlay size={14} />} onClick={onStart}>
            {of.run_id ? "Resume" : "Start"}
          </Button>
        </May>
      )}
      {live ? (
        <Button
          variant="default"
          disabled
          leftSection={<IconLock size={14} />}
          title="It is live: pause it to change its audience, its logic or its field mapping."
        >
          Locked while live
        </Button>
      ) : (
        <Only to="edit">
          <Button
            component={Link}
            to={`/enrichments/${of.name}/edit`}
            variant="default"
            leftSection={<IconPencil size={14} />}
          >
            Edit
          </Button>
        </Only>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <May to="edit">
            <Button variant="default" px={8} aria-label="More">
              <IconDots size={16} />
            </Button>
          </May>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={live} leftSection={<IconTargetArrow size={14} />} onClick={point.open}>
            Point at another audience
          </Menu.Item>
          <Menu.Item disabled={live} onClick={reset.open}>
            Reset its rows
          </Menu.Item>
          <Menu.Item disabled={live} color="red" onClick={remove.open}>
            Delete
          </Menu.Item>
          {live && <Menu.Label>It is live: pause it first.</Menu.Label>}
        </Menu.Dropdown>
      </Menu>
      <PauseDialog of={of} opened={pausing} onClose={pause.close} />
      <ResetDialog of={of} opened={resetting} onClose={reset.close} />
      <PointDialog of={of} opened={pointing} onClose={point.close} />
      <DeleteDialog of={of} opened={deleting} onClose={remove.close} />
    </>
  );
}

function DeleteDialog({ of, opened, onClose }: { of: Enrichment; opened: boolean; onClose: () => void }) {
  const remove = useDeleteEnrichment();
  const go = useNavigate();
  return (
    <Confirm
      opened={opened}
      title={`Delete ${of.name}?`}
      action="Delete"
      danger
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ name: of.name }, { onSuccess: () => void go({ to: "/enrichments" }) })}
      onClose={onClose}
    >
      <Text>Its definition and its rows go. Values that it found, what was paid for them, and the journal stay.</Text>
    </Confirm>
  );
}

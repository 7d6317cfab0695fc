import { Anchor, Badge, Button, Code, Group, Stack, Table, Text, Title } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type SignalRule, signalRulesQuery, useHookToken, usePauseRule } from "../../api/queries/signals";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { useAudienceLabel, useEnrichmentLabel, useProviderTitle } from "../../ui/labels";
import { May } from "../../ui/Permitted";
import { Rename } from "../../ui/Rename";
import { plainWord } from "../../ui/signalWords";
import { TimeAgo } from "../../ui/TimeAgo";
import { count } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import { Teach } from "./Teach";

/** What is looked for, and what came of it. */
export function Rules() {
  const { data, error, refetch } = useQuery(signalRulesQuery);
  const items = data?.items ?? [];
  return (
    <Stack gap="sm">
      <ErrorNote error={error} retry={refetch} />
      {!data && !error && <Waiting rows={4} />}
      {data && items.length === 0 && <Teach />}
      {items.map((r) => (
        <Rule key={r.name} of={r} />
      ))}
    </Stack>
  );
}

function Rule({ of }: { of: SignalRule }) {
  const pause = usePauseRule();
  const live = of.state === "live";
  const [audience, enrichment] = [useAudienceLabel(), useEnrichmentLabel()];
  return (
    <section className="panel" aria-label={`Rule ${of.label}`} style={{ padding: "12px 16px" }}>
      <Group justify="space-between" align="start" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Group gap="xs">
            <Title order={2}>{of.label}</Title>
            <Rename of="signal" name={of.name} label={of.label} />
            <Badge color={live ? "green" : "orange"}>{of.state}</Badge>
          </Group>
          <Text c="dimmed">
            {plainWord(of.type)} of {of.entity} · <How of={of} />
          </Text>
        </div>
        <May to="edit">
          <Button
            size="xs"
            variant="default"
            style={{ flex: "none" }}
            loading={pause.isPending}
            leftSection={live ? <IconPlayerPause size={14} /> : <IconPlayerPlay size={14} />}
            onClick={() => pause.mutate({ name: of.name, pause: live })}
            aria-label={`${live ? "Pause" : "Resume"} ${of.label}`}
          >
            {live ? "Pause" : "Resume"}
          </Button>
        </May>
      </Group>
      <ErrorNote error={pause.error} />
      <Token of={of} />
      {of.when && (
        <Code block my={6}>
          {of.when}
        </Code>
      )}
      <Group gap="4px 20px" my={6}>
        <Part label="Signals">
          <Anchor renderRoot={(props) => <Link to="/signals" search={{ rule: of.name }} {...props} />}>
            {grouped(of.signals)}
          </Anchor>
          {of.last_at && (
            <>
              , the newest <TimeAgo at={of.last_at} />
            </>
          )}
        </Part>
        {of.behind > 0 && <Part label="Not read yet">{count(of.behind, "change")}</Part>}
        {of.companion_audience && (
          <Part label="Audience">
            <Anchor component={Link} to={`/audiences/${of.companion_audience}`}>
              {audience(of.companion_audience)}
            </Anchor>
          </Part>
        )}
        {of.enrichment && (
          <Part label="Asked by">
            <Anchor component={Link} to={`/enrichments/${of.enrichment}`}>
              {enrichment(of.enrichment)}
            </Anchor>
          </Part>
        )}
      </Group>
      <Disagreements of={of} />
    </section>
  );
}

function Part({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Text span>
      <Text span c="dimmed">
        {label}
      </Text>{" "}
      {children}
    </Text>
  );
}

/** How a rule learns of what happened. */
function How({ of }: { of: SignalRule }) {
  const provider = useProviderTitle();
  const audience = useAudienceLabel();
  if (of.detect === "poll")
    return (
      <>
        asks {provider(of.provider ?? "")}
        {of.audience && ` about ${audience(of.audience)}`}
        {of.every && ` every ${of.every}`}
      </>
    );
  if (of.detect === "departures") return <>raised for each signal of a person who moved from, or left, the company</>;
  if (of.detect !== "posted") return <>found in what is imported and edited</>;
  if (!of.hook) return <>others post it</>;
  return (
    <>
      others post it to <Code>/hooks/{of.name}</Code>
      {!of.hook_token && ", which has no token yet, so that nobody can"}
    </>
  );
}

/** The token that others post with: it is shown once, when it is made. */
function Token({ of }: { of: SignalRule }) {
  const make = useHookToken();
  if (make.data) {
    return (
      <Text>
        The token of {make.data.path}, shown this once: <Code>{make.data.token}</Code>
      </Text>
    );
  }
  if (!of.hook || of.hook_token) return null;
  return (
    <>
      <May to="rule">
        <Button size="xs" variant="default" loading={make.isPending} onClick={() => make.mutate({ name: of.name })}>
          Make its token
        </Button>
      </May>
      <ErrorNote error={make.error} />
    </>
  );
}

function Disagreements({ of }: { of: SignalRule }) {
  if (of.disagreements.length === 0) return null;
  return (
    <>
      <Text fw={550} mt="xs">
        Disagreements
      </Text>
      <Text c="dimmed" size="xs" mb={4}>
        A source said otherwise than the record held, and nothing had changed: it repeated its own last word, or spoke
        of that field for the first time. No signal was made of it.
      </Text>
      <Table className="stack" aria-label={`Disagreements of ${of.label}`}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Source</Table.Th>
            <Table.Th>Field</Table.Th>
            <Table.Th ta="right">Times</Table.Th>
            <Table.Th>Last</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {of.disagreements.map((d) => (
            <Table.Tr key={`${d.source} ${d.field}`}>
              <Table.Td data-rest>{d.source}</Table.Td>
              <Table.Td>{d.field}</Table.Td>
              <Table.Td ta="right" className="tabular" data-label="Times">
                {grouped(d.times)}
              </Table.Td>
              <Table.Td data-label="Last">
                <Anchor
                  renderRoot={(props) => (
                    <Link
                      to={of.entity === "companies" ? "/companies" : "/people"}
                      search={{ record: d.last_record_id }}
                      {...props}
                    />
                  )}
                >
                  <TimeAgo at={d.last_at} />
                </Anchor>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { forecastsQuery } from "../../api/queries/money";
import { Figure } from "../../ui/chart/Figure";
import { type Span, Spans } from "../../ui/chart/Spans";
import { ErrorNote } from "../../ui/ErrorNote";
import { useEnrichmentLabel } from "../../ui/labels";
import { formatCredits } from "../../ui/money";
import { readable } from "../../ui/time";
import { periods } from "../enrichments/dialogs/LimitForm";

type Of = Schemas["LimitForecast"];
const year = 365 * 86_400_000;

/** When each limit will be reached at the recent pace and between which days that may lie, or why it cannot be said; the soonest first. */
export default function Forecasts() {
  const { data, error, refetch, dataUpdatedAt: now } = useQuery(forecastsQuery);
  const items = data?.items ?? [];
  const called = useEnrichmentLabel();
  if (error) return <ErrorNote error={error} retry={refetch} />;
  if (items.length === 0) return null;
  const told = items.filter((l) => l.forecast.verdict === "at" || l.forecast.verdict === "reached");
  const untold = items.filter((l) => !told.includes(l));
  const spans = told.flatMap((l) => spanOf(l, now));
  return (
    <Figure
      title="When limits are reached"
      table={{
        head: ["Limit", "Used", "Earliest", "About", "Latest"],
        rows: items.map((l) => [
          nameOf(l, called),
          `${formatCredits(l.used_credits)}${l.credits == null ? "" : ` of ${formatCredits(l.credits)}`}`,
          dateOf(l.forecast.band?.earliest),
          l.forecast.verdict === "reached" ? "reached" : dateOf(l.forecast.at),
          l.forecast.band && !l.forecast.band.latest ? "not within a year" : dateOf(l.forecast.band?.latest),
        ]),
      }}
      says={
        told.some((l) => l.forecast.band) &&
        "The hatched stretch holds what the days differed by: about 8 of 10 times it stays within."
      }
    >
      {spans.length > 0 && <Spans label="When limits are reached" of={spans} now={now} />}
      {told.map((l) => (
        <Text key={keyOf(l)} size="xs" mt={4}>
          <Subject of={l} />
          {`: ${readable(l.forecast.text)}.`}
        </Text>
      ))}
      {untold.length > 0 && (
        <Text component="div" c="dimmed" mt={4}>
          {told.length === 0 ? "No forecast yet: " : "No forecast yet: "}
          {untold.map((l, i) => (
            <span key={keyOf(l)} title={l.forecast.text}>
              {i > 0 && ", "}
              <Subject of={l} />
            </span>
          ))}
          .
        </Text>
      )}
    </Figure>
  );
}

const keyOf = (l: Of) => `${l.scope}-${l.key}-${l.per}`;

const dateOf = (at: string | undefined | null) =>
  at
    ? new Date(at).toLocaleString("en-US", {
        day: "numeric",
        month: "short",
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      })
    : "";

function spanOf(l: Of, now: number): Span[] {
  const { at, band, text } = l.forecast;
  if (!at || Date.parse(at) - now > year) return [];
  const time = (t: string | undefined) => (t ? Date.parse(t) : undefined);
  return [
    {
      key: keyOf(l),
      name: <Subject of={l} />,
      at: Date.parse(at),
      earliest: time(band?.earliest),
      latest: time(band?.latest),
      open: Boolean(band && !band.latest),
      says: readable(text),
    },
  ];
}

function perOf(l: Of) {
  return l.per === "lifetime" ? "" : ` ${periods.find((p) => p.value === l.per)?.label ?? l.per}`;
}

function nameOf(l: Of, called: (name: string) => string): string {
  if (l.scope === "balance") return "The workspace's balance";
  if (l.scope === "workspace") return `The workspace's limit${perOf(l)}`;
  return `${l.scope === "enrichment" ? called(l.key) : `The limit of ${l.key}`}${perOf(l)}`;
}

function Subject({ of: l }: { of: Of }) {
  const called = useEnrichmentLabel();
  if (l.scope !== "enrichment") return <>{nameOf(l, called)}</>;
  return (
    <>
      <Anchor
        underline="always"
        renderRoot={(props) => <Link to="/enrichments/$name" params={{ name: l.key }} {...props} />}
      >
        {called(l.key)}
      </Anchor>
      {perOf(l)}
    </>
  );
}

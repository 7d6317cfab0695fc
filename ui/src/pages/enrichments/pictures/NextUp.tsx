import { Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../../api/client";
import { Figure } from "../../../ui/chart/Figure";
import { grouped } from "../../../ui/grouped";
import { useAudienceLabel } from "../../../ui/labels";
import { count } from "../../../ui/time";
import { next, wayOn } from "../next";
import { pausedBecause, reasonLabel } from "../outcomes";

type Enrichment = Schemas["EnrichmentView"];

/** What it does next; why it stopped, and what lets it go on. */
export function NextUp({ of }: { of: Enrichment }) {
  const why = of.state === "paused" && !pausedBecause(of) ? `Paused ${reasonLabel(of.pause_reason)}.` : undefined; // else the page says it above
  const audience = useAudienceLabel();
  const ticks = of.next_ticks ?? [];
  const left = of.state !== "draft" && of.remaining_rows > 0;
  return (
    <Figure title="What happens next">
      <Stack gap={6}>
        {why && of.pause_reason !== "finished" && <Text>{why}</Text>}
        <Text>{next(of, audience)}</Text>
        <Way of={of} />
        {of.state === "live" && ticks.length > 0 && (
          <Text>
            Next times:{" "}
            {ticks
              .map((t) =>
                new Date(t).toLocaleString("en-US", {
                  day: "numeric",
                  month: "short",
                  hour: "2-digit",
                  minute: "2-digit",
                  hourCycle: "h23",
                }),
              )
              .join(" · ")}
          </Text>
        )}
        {left && (
          <Text c="dimmed">
            {count(of.remaining_rows, "row")} remaining
            {of.held_rows ? `, ${grouped(of.held_rows)} held by other calls` : ""}
            {of.in_flight > 0 ? `, ${count(of.in_flight, "call")} in flight` : ""}.
          </Text>
        )}
        {of.stale_rows > 0 && (
          <Text c="dimmed">{count(of.stale_rows, "value")} of an older version stay until they are bought again.</Text>
        )}
      </Stack>
    </Figure>
  );
}

function Way({ of }: { of: Enrichment }) {
  const way = wayOn(of);
  if (!way) return null;
  if (way.to === "credits" || way.to === "providers") return <Link to={`/${way.to}`}>{way.text}</Link>;
  return (
    <Link to="/enrichments/$name" params={{ name: of.name }} search={{ tab: way.to }}>
      {way.text}
    </Link>
  );
}

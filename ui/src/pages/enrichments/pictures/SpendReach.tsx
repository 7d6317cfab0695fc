import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../../api/client";
import { forecastsQuery } from "../../../api/queries/money";
import { Figure } from "../../../ui/chart/Figure";
import { ReachChart } from "../../../ui/chart/ReachChart";
import { stretch } from "../../../ui/chart/scale";
import { approx, creditsText, formatCredits, fromMicro, micro } from "../../../ui/money";
import { readable } from "../../../ui/time";
import { sentence } from "../../../ui/words";
import { allDone, LimitMeter } from "../LimitMeter";
import { reachOf } from "./course";

type Enrichment = Schemas["EnrichmentView"];

const periods: Record<string, string> = { day: "today", month: "this month", run: "in this run", lifetime: "in all" };

/** What it has spent against its limit, and when the limit is likely to be reached. */
export function SpendReach({ of, progress }: { of: Enrichment; progress: Schemas["EnrichmentProgress"] }) {
  const forecast = useQuery(forecastsQuery).data?.items?.find(
    (f) => f.scope === "enrichment" && f.key === of.name,
  )?.forecast;
  const { spend } = progress;
  const held = fromMicro(micro(of.reserved_credits) + micro(of.unknown_credits));
  const reach = reachOf(spend, of.limit, held, forecast, Date.parse(progress.as_of));
  const length = 1000 * spend.bucket_seconds;
  const unit = (n: number) => creditsText(n.toFixed(6));
  let sum = micro(spend.before_credits);
  const rows = (spend.points ?? []).map((p) => {
    sum += micro(p.credits);
    return [stretch(Date.parse(p.at), length), formatCredits(p.credits), formatCredits(fromMicro(sum))];
  });
  if (micro(spend.before_credits) > 0n)
    rows.unshift(["Before", formatCredits(spend.before_credits), formatCredits(spend.before_credits)]);
  return (
    <Figure
      title="Spend against the limit"
      legend={[
        { label: `spent ${periods[spend.per] ?? ""}`, kind: 0, note: formatCredits(spend.used_credits) },
        ...(reach.held > 0
          ? [{ label: "reserved or held", kind: "open" as const, note: formatCredits(reach.held.toFixed(6)) }]
          : []),
      ]}
      table={{
        head: ["From", "Credits", "In all"],
        rows,
        foot: ["All", formatCredits(spend.used_credits), formatCredits(spend.used_credits)],
      }}
      says={
        <>
          {forecast && `Forecast: ${sentence(readable(forecast.text))} `}
          {forecast?.band && `The band: ${sentence(readable(forecast.band.text))} `}
          {micro(of.overrun_credits) > 0n &&
            `${formatCredits(of.overrun_credits)} were billed above the stated maximum. `}
          {micro(of.unknown_credits) > 0n && (
            <Link to="/credits" search={{ tab: "unknown" }} style={{ color: "var(--fettle-unknown-text)" }}>
              {formatCredits(of.unknown_credits)} held: may have been billed
            </Link>
          )}
        </>
      }
    >
      <LimitMeter limit={of.limit ?? undefined} held={approx(of.unknown_credits)} done={allDone(of)} />
      <ReachChart
        label={`Spend against the limit: ${formatCredits(spend.used_credits)}${reach.limit === undefined ? " credits" : ` of ${unit(reach.limit)}`}`}
        of={reach}
        length={length}
        unit={unit}
      />
    </Figure>
  );
}

import type { Schemas } from "../../api/client";
import { percent } from "../../ui/Bar";
import { Figure } from "../../ui/chart/Figure";
import { Rates } from "../../ui/chart/Rates";
import { when } from "../../ui/chart/scale";
import { grouped } from "../../ui/grouped";
import { count } from "../../ui/time";

const day = 86_400_000;

/** How well a field was filled at the end of each stored day. */
export function RateTrend({ of }: { of: Schemas["HubField"] }) {
  const days = (of.trend ?? []).map((d) => ({ ...d, label: when(Date.parse(d.day), day) }));
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last || days.length < 2) return null;
  const says = (d: (typeof days)[number]) =>
    `${d.label}: ${percent(d.filled, d.records)} filled\n${grouped(d.filled)} of ${count(d.records, "record")}`;
  return (
    <Figure
      title="Fill rate over time"
      bare
      table={{
        head: ["Day", "Filled", "Records", "Rate"],
        rows: [...days].reverse().map((d) => [d.label, d.filled, d.records, percent(d.filled, d.records)]),
      }}
    >
      <Rates
        label={`Fill rate of ${of.label}: from ${percent(first.filled, first.records)} to ${percent(last.filled, last.records)} in ${days.length} days`}
        of={days.map((d) => ({
          at: Date.parse(d.day),
          label: d.label,
          rate: d.records > 0 ? d.filled / d.records : 0,
          says: says(d),
        }))}
      />
    </Figure>
  );
}

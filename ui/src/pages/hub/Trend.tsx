import type { Schemas } from "../../api/client";

const W = 84;
const H = 20;

/** The fill rate of the last stored days, as a small line. */
export function Trend({ days, label }: { days: Schemas["HubDay"][]; label: string }) {
  const rates = days.slice(-30).map((d) => (d.records > 0 ? d.filled / d.records : 0));
  const [first, last] = [rates[0], rates.at(-1)];
  if (first === undefined || last === undefined || rates.length < 2) return null;
  const low = Math.min(...rates);
  const span = Math.max(...rates) - low || 1;
  const at = (r: number, i: number) =>
    `${((W - 2) * i) / (rates.length - 1) + 1},${H - 2 - ((H - 4) * (r - low)) / span}`;
  const text = `${label}: from ${(100 * first).toFixed(1)} % to ${(100 * last).toFixed(1)} % in ${rates.length} days`;
  return (
    <svg width={W} height={H} role="img" aria-label={text}>
      <title>{text}</title>
      <polyline points={rates.map(at).join(" ")} fill="none" stroke="var(--fettle-filled)" strokeWidth={1.5} />
    </svg>
  );
}

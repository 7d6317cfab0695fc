import type { Schemas } from "../../api/client";
import classes from "./HubTable.module.css";

const W = 52;
const H = 20;

/** The fill rate of the last stored days, as a small line that ends in how it changed. */
export function Trend({ days, label }: { days: Schemas["HubDay"][]; label: string }) {
  const rates = days.slice(-30).map((d) => (d.records > 0 ? d.filled / d.records : 0));
  const [first, last] = [rates[0], rates.at(-1)];
  if (first === undefined || last === undefined || rates.length < 2) return null;
  const low = Math.min(...rates);
  const span = Math.max(...rates) - low;
  const at = (r: number, i: number) =>
    `${((W - 4) * i) / (rates.length - 1) + 2},${span > 0 ? H - 3 - ((H - 6) * (r - low)) / span : H / 2}`;
  const points = rates.map(at);
  const [x, y] = (points.at(-1) ?? "0,0").split(",");
  const text = `${label}: from ${(100 * first).toFixed(1)}% to ${(100 * last).toFixed(1)}% in ${rates.length} days`;
  return (
    <span className={classes.trend} title={text}>
      <svg width={W} height={H} role="img" aria-label={text}>
        <polyline points={points.join(" ")} fill="none" stroke="var(--fettle-filled)" strokeWidth={1.5} />
        <circle cx={x} cy={y} r={2} fill="var(--fettle-filled)" />
      </svg>
      <span className="tabular" aria-hidden="true">
        {changed(100 * (last - first))}
      </span>
    </span>
  );
}

/** "+12", "−3.4", "±0": in points of a percent. */
function changed(points: number): string {
  const n = Math.abs(points) < 0.05 ? 0 : points;
  if (n === 0) return "±0";
  return `${n > 0 ? "+" : "−"}${Math.abs(n).toFixed(Math.abs(n) < 9.95 ? 1 : 0)}`;
}

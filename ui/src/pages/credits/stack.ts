import type { Schemas } from "../../api/client";
import type { Column } from "../../ui/chart/Columns";
import type { Rows } from "../../ui/chart/Figure";
import { largest, stretches, when } from "../../ui/chart/scale";
import { formatCredits, fromMicro, micro } from "../../ui/money";

const day = 86_400_000;
const most = 7;

type Series = { label: string; micro: bigint };

/** Spend by day and enrichment as columns of every day: the enrichments that spent most, and the others together. */
export function stackOf(of: Schemas["SpendDays"], called: (name: string) => string) {
  const days = stretches([Date.parse(of.from), Date.parse(of.to)], day);
  const all = new Map<number, { label: string; total: number; micro: bigint; by: Map<number, bigint> }>();
  for (const d of of.days ?? []) {
    const label = d.deleted ? `${d.enrichment} (deleted)` : called(d.enrichment);
    const s = all.get(d.enrichment_id) ?? { label, total: 0, micro: 0n, by: new Map() };
    const at = Date.parse(d.day);
    s.by.set(at, (s.by.get(at) ?? 0n) + micro(d.settled_credits));
    s.micro += micro(d.settled_credits);
    s.total = Number(s.micro);
    all.set(d.enrichment_id, s);
  }
  const { shown, rest } = largest([...all.values()], most);
  const parts = [...shown.map((s) => [s]), ...(rest.length ? [rest] : [])];
  const series: Series[] = parts.map((p, i) => ({
    label: i < shown.length ? (p[0]?.label ?? "") : `${rest.length} others`,
    micro: p.reduce((n, s) => n + s.micro, 0n),
  }));
  const at = (t: number) => parts.map((p) => p.reduce((n, s) => n + (s.by.get(t) ?? 0n), 0n));
  const sum = (list: bigint[]) => list.reduce((n, v) => n + v, 0n);
  const columns: Column[] = days.map((t) => ({ label: when(t, day), parts: at(t).map((v) => Number(v) / 1e6) }));
  const write = (v: bigint) => (v === 0n ? "" : formatCredits(fromMicro(v)));
  const table: Rows = {
    head: ["Day", ...series.map((s) => s.label), "All"],
    rows: days
      .filter((t) => sum(at(t)) > 0n)
      .reverse()
      .map((t) => [when(t, day), ...at(t).map(write), write(sum(at(t)))]),
    foot: ["All", ...series.map((s) => write(s.micro)), formatCredits(of.total_credits)],
  };
  return { columns, series, table };
}

import { formatCredits, micro } from "../../ui/money";

type Day = { key: string; settled_credits: string };

/** When what is left will be used at the pace of the last seven days; null without a pace. */
export function forecast(left: string | null, days: Day[], now: Date): string | null {
  if (left === null) return null;
  const week = new Date(now.getTime() - 7 * 86_400_000).toISOString().slice(0, 10);
  const spent = days.filter((d) => d.key > week).reduce((n, d) => n + micro(d.settled_credits), 0n);
  if (spent <= 0n) return null;
  if (micro(left) <= 0n) return "nothing is left";
  const daysLeft = Number((micro(left) * 7n) / spent);
  if (daysLeft > 365) return "more than a year away at the pace of the last 7 days";
  return `reached in about ${Math.max(1, daysLeft)} ${daysLeft <= 1 ? "day" : "days"} at the pace of the last 7 days`;
}

/** What drove the spend, in a line. */
export function driver(rows: { key: string; settled_credits: string }[], total: bigint): string {
  const [top] = [...rows].sort((a, b) => Number(micro(b.settled_credits) - micro(a.settled_credits)));
  if (!top || total <= 0n) return "";
  return `${top.key || "(none)"} drove ${Number((micro(top.settled_credits) * 100n) / total)} % of it: ${formatCredits(top.settled_credits)} credits`;
}

/** How long before now: "just now", "3 min ago", "2 d ago"; a date beyond 30 days. */
export function ago(at: number, now: number): string {
  const s = Math.round((now - at) / 1000);
  if (s < 45) return s < -45 ? new Date(at).toLocaleString() : "just now";
  if (s < 3600) return `${Math.round(s / 60)} min ago`;
  if (s < 86_400) return `${Math.round(s / 3600)} h ago`;
  if (s < 30 * 86_400) return `${Math.round(s / 86_400)} d ago`;
  return new Date(at).toLocaleDateString();
}

/** An age in days as people say it. */
export function age(days: number): string {
  if (days < 1) return "today";
  if (days < 60) return `${Math.round(days)} d`;
  if (days < 730) return `${Math.round(days / 30)} mo`;
  return `${(days / 365).toFixed(1)} y`;
}

/** 1,234 rows; 1 row. */
export const count = (n: number, one: string, many = `${one}s`) =>
  `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;

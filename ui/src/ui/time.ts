import { grouped } from "./grouped";
import { formatCredits } from "./money";
import { spoken } from "./words";

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
export const count = (n: number, one: string, many = `${one}s`) => `${grouped(n)} ${n === 1 ? one : many}`;

const instant = /\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g;
const utc: Intl.DateTimeFormatOptions = {
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: "UTC",
};

const amount = /\b\d{4,}(\.\d+)?\b(?= (of \d|credits?\b|charges?\b|rows?\b))|\b\d+\.\d{3,6}\b(?= (of \d|credits?\b))/g;

/** What the server says: without commands, its instants and amounts as people write them ("December 1, 2026 at 00:00 UTC"). */
export const readable = (text: string) =>
  spoken(text)
    .replace(instant, (iso) => `${new Date(iso).toLocaleString("en-US", utc)} UTC`)
    .replace(amount, (n) => formatCredits(n));

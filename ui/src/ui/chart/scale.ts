// Numbers of pictures: pure, and tested without a browser.

/** Round values from 0 to at least `max`, at most `most` of them above 0. */
export function ticks(max: number, most = 4): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = max / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * (1 - 1e-9)) ?? 10 * power;
  const n = Math.ceil(max / step - 1e-9);
  return Array.from({ length: n + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Every beginning of a stretch from the first to the last of those given, so that nothing done is a gap, and no jump. */
export function stretches(at: number[], length: number): number[] {
  const [first, last] = [Math.min(...at), Math.max(...at)];
  if (at.length === 0) return [];
  return Array.from({ length: Math.round((last - first) / length) + 1 }, (_, i) => first + i * length);
}

const day = 86_400_000;
const write = (at: number, as: Intl.DateTimeFormatOptions) => new Date(at).toLocaleString("en-US", as);

/** When a stretch begins: "Nov 12" (UTC) where it is days, else the clock of whoever looks; of many hours the day alone. */
export function when(at: number, length: number, span = 0): string {
  if (length >= day) return write(at, { day: "numeric", month: "short", timeZone: "UTC" });
  if (span > day) return write(at, { day: "numeric", month: "short" });
  const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return write(at, length < 60_000 ? { ...clock, second: "2-digit" } : clock);
}

/** When a stretch begins, with its day and how long it is: what a tooltip says. */
export function stretch(at: number, length: number): string {
  if (length >= day) return length === day ? when(at, day) : `${when(at, day)}, ${Math.round(length / day)} days`;
  return `${write(at, { day: "numeric", month: "short" })}, ${when(at, length)}, ${lasting(length)}`;
}

/** "5 minutes", "1 hour". */
export function lasting(length: number): string {
  const [n, unit] =
    length >= day
      ? [length / day, "day"]
      : length >= 3_600_000
        ? [length / 3_600_000, "hour"]
        : length >= 60_000
          ? [length / 60_000, "minute"]
          : [length / 1000, "second"];
  return `${Math.round(n)} ${unit}${Math.round(n) === 1 ? "" : "s"}`;
}

/** A moment on an axis that spans so long. */
export function moment(at: number, span: number): string {
  if (span > 300 * day) return write(at, { day: "numeric", month: "short", year: "numeric" });
  if (span > 3 * day) return write(at, { day: "numeric", month: "short" });
  const clock = when(at, span < 600_000 ? 1000 : 60_000);
  return span > day / 2 ? `${write(at, { day: "numeric", month: "short" })}, ${clock}` : clock;
}

/** Which of n labels are written where there is room for `room` of them: the first, and every so many. */
export function written(n: number, room: number): number[] {
  const every = Math.max(1, Math.ceil(n / Math.max(1, room)));
  return Array.from({ length: n }, (_, i) => i).filter((i) => i % every === 0);
}

/** The most of them by size, and what is left as one more: what a legend can hold. */
export function largest<T extends { total: number }>(all: T[], most: number): { shown: T[]; rest: T[] } {
  const sorted = [...all].sort((a, b) => b.total - a.total);
  return sorted.length <= most + 1
    ? { shown: sorted, rest: [] }
    : { shown: sorted.slice(0, most), rest: sorted.slice(most) };
}

/** How the spend goes on from now: the value at a time by a pace a day, never above the limit. */
export const ahead = (used: number, perDay: number, now: number, at: number, limit: number) =>
  Math.min(limit, used + (perDay * Math.max(0, at - now)) / day);

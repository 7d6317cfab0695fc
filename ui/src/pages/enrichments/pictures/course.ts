import type { Schemas } from "../../../api/client";
import type { Course, Reach } from "../../../ui/chart/reach";
import { approx } from "../../../ui/money";

type Forecast = Schemas["Forecast"];

/** A forecast as a picture shows it; nothing where none is told. */
export function courseOf(f: Forecast | undefined): Course | undefined {
  if (f?.verdict !== "at" || !f.at) return undefined;
  const course: Course = { at: Date.parse(f.at), perDay: approx(f.credits_per_day) };
  if (!f.band) return course;
  return {
    ...course,
    low: approx(f.band.low_credits_per_day),
    high: approx(f.band.high_credits_per_day),
    earliest: Date.parse(f.band.earliest),
    latest: f.band.latest ? Date.parse(f.band.latest) : undefined,
  };
}

/** Spend in the period of a limit as a picture shows it: each stretch by its end, with all that was spent by then. */
export function reachOf(
  spend: Schemas["SpendLine"],
  limit: Schemas["LimitView"] | null | undefined,
  held: string,
  forecast: Forecast | undefined,
  now: number,
): Reach {
  const length = 1000 * spend.bucket_seconds;
  const points = spend.points ?? [];
  const first = points[0] ? Date.parse(points[0].at) : now;
  let sum = approx(spend.before_credits);
  const steps = points.map((p) => {
    sum += approx(p.credits);
    return { at: Date.parse(p.at) + length, sum };
  });
  const used = approx(spend.used_credits);
  const last = steps.at(-1);
  if (last) last.sum = used; // exact, whatever was lost to the tenths of a float
  return {
    from: Math.min(spend.from ? Date.parse(spend.from) : first, first, now),
    now,
    before: approx(spend.before_credits),
    steps,
    held: Math.max(0, limit ? approx(limit.used_credits) - used : approx(held)),
    limit: limit && !limit.none && limit.credits != null ? approx(limit.credits) : undefined,
    course: courseOf(forecast),
    resets: spend.resets_at ? Date.parse(spend.resets_at) : undefined,
  };
}

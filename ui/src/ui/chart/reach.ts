// The picture of a spend that nears its limit: what is drawn, as numbers. Pure.

/** A forecast as it is drawn: when the limit is reached at each pace. Times in ms. */
export type Course = { at: number; perDay: number; low?: number; high?: number; earliest?: number; latest?: number };

export type Reach = {
  from: number;
  now: number;
  /** Spent before the first step, and then each step's end with all that was spent by then. */
  before: number;
  steps: { at: number; sum: number }[];
  /** Reserved, or held because it may have been billed: it takes room under the limit too. */
  held: number;
  limit?: number;
  course?: Course;
  /** When the limit's period begins anew. */
  resets?: number;
};

/** How far ahead is drawn, as a share of what is behind: else a year ahead hides the day that was. */
const far = 3;

/** The end of the axis: the latest time that the forecast names, within a share of what is behind. */
export function horizon(of: Reach): number {
  const behind = Math.max(of.now - of.from, 60_000);
  const named = of.course ? Math.max(of.course.latest ?? of.course.at, of.course.at) : of.now;
  const end = Math.min(named + behind * 0.05, of.now + behind * far);
  return Math.max(of.now, of.course ? end : of.now);
}

/** All that was spent by the last step: what the line ends at. */
export const spent = (of: Reach) => of.steps.at(-1)?.sum ?? of.before;

/** The corners of the line: it rises over each stretch, and runs level through what was quiet. */
export function corners(of: Reach, length: number): { at: number; sum: number }[] {
  const out = [{ at: of.from, sum: of.before }];
  let sum = of.before;
  for (const s of of.steps) {
    const begin = Math.max(of.from, s.at - length);
    if (begin > (out.at(-1)?.at ?? 0)) out.push({ at: begin, sum });
    sum = s.sum;
    out.push({ at: Math.max(begin, Math.min(s.at, of.now)), sum });
  }
  if (of.now > (out.at(-1)?.at ?? 0)) out.push({ at: of.now, sum });
  return out;
}

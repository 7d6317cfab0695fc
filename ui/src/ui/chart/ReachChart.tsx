import { usePatterns } from "./Patterns";
import { Levels, Plot, type Room, short } from "./Plot";
import { type Course, corners, horizon, type Reach, spent } from "./reach";
import { ahead, moment, ticks } from "./scale";

type Props = { label: string; of: Reach; length: number; unit: (n: number) => string };

/** What was spent against a limit, and how it is likely to go on: the band holds what the paces of the last days differ by. */
export function ReachChart({ label, of, length, unit }: Props) {
  const { defs, open } = usePatterns();
  const end = horizon(of);
  const span = Math.max(1, end - of.from);
  const line = corners(of, length);
  const used = spent(of) + of.held;
  const levels = ticks(Math.max(of.limit ?? 0, used));
  const top = levels.at(-1) as number;
  const x = (at: number, room: Room) => room.left + ((room.width - room.left - room.right) * (at - of.from)) / span;
  const things = pointed(of, unit, span);
  return (
    <Plot
      label={label}
      height={220}
      n={things.length}
      x={(i, room) => x(Math.min(end, things[i]?.at ?? of.now), room)}
      say={(i) => things[i]?.says ?? ""}
    >
      {(room, at) => {
        const y = (v: number) => room.height - room.bottom - ((room.height - room.bottom - room.top) * v) / top;
        const path = line.map((p) => `${x(p.at, room)},${y(p.sum)}`).join(" ");
        const chosen = at === undefined ? undefined : things[at];
        return (
          <>
            {defs}
            <Levels of={levels} room={room} y={y} text={short} />
            <polygon
              points={`${x(of.from, room)},${y(0)} ${path} ${x(of.now, room)},${y(0)}`}
              fill="var(--fettle-filled)"
              opacity={0.14}
            />
            <polyline points={path} fill="none" stroke="var(--fettle-filled)" strokeWidth={2} />
            {of.held > 0 && (
              <rect
                x={x(of.now, room) - 7}
                width={7}
                y={y(used)}
                height={Math.max(1, y(spent(of)) - y(used))}
                fill={open}
                stroke="var(--mantine-color-dimmed)"
                strokeWidth={0.8}
              />
            )}
            {of.limit !== undefined && of.course && (
              <Ahead
                course={of.course}
                of={of}
                used={used}
                end={end}
                limit={of.limit}
                x={(t) => x(t, room)}
                y={y}
                open={open}
              />
            )}
            {of.limit !== undefined && (
              <g>
                <line
                  x1={room.left}
                  x2={room.width - room.right}
                  y1={y(of.limit)}
                  y2={y(of.limit)}
                  stroke="var(--mantine-color-text)"
                  strokeDasharray="6 3"
                />
                <text x={room.left + 4} y={y(of.limit) - 5} data-strong>
                  limit {unit(of.limit)}
                </text>
              </g>
            )}
            {of.resets !== undefined && of.resets < end && (
              <line
                x1={x(of.resets, room)}
                x2={x(of.resets, room)}
                y1={room.top}
                y2={y(0)}
                stroke="var(--mantine-color-dimmed)"
                strokeDasharray="2 3"
              />
            )}
            {end > of.now && (
              <text x={x(of.now, room)} y={room.height - 5} textAnchor="middle">
                now
              </text>
            )}
            <text x={room.left} y={room.height - 5}>
              {moment(of.from, span)}
            </text>
            <text x={room.width - room.right} y={room.height - 5} textAnchor="end">
              {end > of.now ? moment(end, span) : "now"}
            </text>
            {chosen && (
              <circle
                cx={x(Math.min(end, chosen.at), room)}
                cy={y(Math.min(top, chosen.sum))}
                r={4}
                fill="var(--mantine-color-text)"
              />
            )}
          </>
        );
      }}
    </Plot>
  );
}

type AheadProps = {
  course: Course;
  of: Reach;
  used: number;
  end: number;
  limit: number;
  x: (at: number) => number;
  y: (v: number) => number;
  open: string;
};

/** The band between the slow and the fast pace, and the dashed line of the one that is told. */
function Ahead({ course: c, of, used, end, limit, x, y, open }: AheadProps) {
  const to = (perDay: number) => y(ahead(used, perDay, of.now, end, limit));
  const fast = Math.min(end, c.earliest ?? c.at);
  const told = Math.min(end, c.at);
  const slow = Math.min(end, c.latest ?? end);
  return (
    <g>
      {c.low !== undefined && c.high !== undefined && (
        <polygon
          points={[
            `${x(of.now)},${y(used)}`,
            `${x(fast)},${fast < end ? y(limit) : to(c.high)}`,
            `${x(end)},${to(c.high)}`,
            `${x(end)},${to(c.low)}`,
            `${x(slow)},${slow < end ? y(limit) : to(c.low)}`,
          ].join(" ")}
          fill={open}
          stroke="var(--mantine-color-dimmed)"
          strokeWidth={0.6}
        />
      )}
      <line
        x1={x(of.now)}
        y1={y(used)}
        x2={x(told)}
        y2={told < end ? y(limit) : to(c.perDay)}
        stroke="var(--fettle-filled)"
        strokeWidth={2}
        strokeDasharray="4 4"
      />
      {c.at <= end && <circle cx={x(c.at)} cy={y(limit)} r={3.5} fill="var(--fettle-filled)" />}
    </g>
  );
}

/** What can be pointed at: each step, now, and the times that the forecast names. */
function pointed(of: Reach, unit: (n: number) => string, span: number) {
  const at = (t: number) => moment(t, span);
  const out = of.steps.map((s) => ({
    at: Math.min(s.at, of.now),
    sum: s.sum,
    says: `${at(Math.min(s.at, of.now))}: ${unit(s.sum)} spent`,
  }));
  const held = of.held > 0 ? `\n${unit(of.held)} reserved or held` : "";
  out.push({ at: of.now, sum: spent(of) + of.held, says: `now: ${unit(spent(of))} spent${held}` });
  const c = of.course;
  if (!c || of.limit === undefined) return out;
  const say = (t: number | undefined, how: string) =>
    t === undefined ? [] : [{ at: t, sum: of.limit as number, says: `${how}: ${at(t)}` }];
  return [
    ...out,
    ...say(c.earliest, "Reached at the earliest"),
    ...say(c.at, "Reached about"),
    ...say(c.latest, "Reached at the latest"),
  ].sort((a, b) => a.at - b.at);
}

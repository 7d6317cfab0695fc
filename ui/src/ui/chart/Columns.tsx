import { usePatterns } from "./Patterns";
import { Levels, Plot, type Room, short } from "./Plot";
import { ticks, written } from "./scale";

export type Column = { label: string; long?: string; parts: number[] };

type Props = {
  label: string;
  of: Column[];
  /** The names of the parts, from the foot of a column up. */
  parts: { label: string; kind: number }[];
  unit: (n: number) => string;
  height?: number;
};

/** Columns of stretches of time, each of stacked parts, with its sum above it where there is room. */
export function Columns({ label, of, parts, unit, height = 180 }: Props) {
  const { defs, fill } = usePatterns();
  const sum = (c: Column) => c.parts.reduce((n, v) => n + v, 0);
  const levels = ticks(Math.max(0, ...of.map(sum)));
  const top = levels.at(-1) as number;
  const each = (room: Room) => (room.width - room.left - room.right) / Math.max(1, of.length);
  const say = (i: number) => {
    const c = of[i];
    if (!c) return "";
    const lines = parts.flatMap((p, j) => (c.parts[j] ? [`${p.label}: ${unit(c.parts[j] as number)}`] : []));
    return [`${c.long ?? c.label}: ${unit(sum(c))}`, ...(parts.length > 1 ? lines.reverse() : [])].join("\n");
  };
  return (
    <Plot label={label} height={height} n={of.length} x={(i, room) => room.left + each(room) * (i + 0.5)} say={say}>
      {(room, at) => {
        const y = (v: number) => room.height - room.bottom - ((room.height - room.bottom - room.top) * v) / top;
        const step = each(room);
        const wide = Math.max(1.5, Math.min(44, step * 0.72));
        const named = written(of.length, (room.width - room.left) / 64);
        return (
          <>
            {defs}
            <Levels of={levels} room={room} y={y} text={short} />
            {of.map((c, i) => {
              const x = room.left + step * (i + 0.5);
              let foot = 0;
              return (
                <g key={c.label + i} opacity={at === undefined || at === i ? 1 : 0.55}>
                  {c.parts.map((v, j) => {
                    if (v <= 0) return null;
                    foot += v;
                    return (
                      <rect
                        key={j}
                        x={x - wide / 2}
                        width={wide}
                        y={y(foot)}
                        height={Math.max(0.8, y(foot - v) - y(foot))}
                        fill={fill(parts[j]?.kind ?? j)}
                        stroke="var(--fettle-panel)"
                        strokeWidth={wide > 6 ? 0.6 : 0}
                      />
                    );
                  })}
                  {step > 34 && foot > 0 && (
                    <text x={x} y={y(foot) - 4} textAnchor="middle" data-strong>
                      {short(foot)}
                    </text>
                  )}
                  {named.includes(i) && (
                    <text x={x} y={room.height - 5} textAnchor="middle">
                      {c.label}
                    </text>
                  )}
                </g>
              );
            })}
          </>
        );
      }}
    </Plot>
  );
}

import { Levels, Plot, type Room } from "./Plot";
import { written } from "./scale";

export type Rate = { at: number; label: string; rate: number; says: string };

/** Shares of one over time as a line, with the first and the last written at its ends. */
export function Rates({ label, of, height = 150 }: { label: string; of: Rate[]; height?: number }) {
  const [first, last] = [of[0], of.at(-1)];
  const [from, to] = [first?.at ?? 0, last?.at ?? 0];
  const x = (i: number, room: Room) =>
    room.left + ((room.width - room.left - room.right) * ((of[i]?.at ?? from) - from)) / Math.max(1, to - from);
  return (
    <Plot label={label} height={height} n={of.length} x={x} say={(i) => of[i]?.says ?? ""} right={52}>
      {(room, at) => {
        const y = (v: number) => room.height - room.bottom - (room.height - room.bottom - room.top) * v;
        const line = of.map((r, i) => `${x(i, room)},${y(r.rate)}`).join(" ");
        const named = written(of.length, (room.width - room.left) / 90);
        return (
          <>
            <Levels of={[0, 0.5, 1]} room={room} y={y} text={(v) => `${100 * v}%`} />
            <polygon
              points={`${room.left},${y(0)} ${line} ${x(of.length - 1, room)},${y(0)}`}
              fill="var(--fettle-filled)"
              opacity={0.12}
            />
            <polyline points={line} fill="none" stroke="var(--fettle-filled)" strokeWidth={2} />
            {of.length < 40 &&
              of.map((r, i) => (
                <circle key={i} cx={x(i, room)} cy={y(r.rate)} r={at === i ? 4 : 2} fill="var(--fettle-filled)" />
              ))}
            {first && last && (
              <>
                <text x={x(0, room)} y={y(first.rate) - 7} data-strong>
                  {(100 * first.rate).toFixed(1)}%
                </text>
                <text x={x(of.length - 1, room) + 6} y={y(last.rate) + 4} data-strong>
                  {(100 * last.rate).toFixed(1)}%
                </text>
              </>
            )}
            {named.map((i) => (
              <text key={i} x={x(i, room)} y={room.height - 5} textAnchor={i ? "middle" : "start"}>
                {of[i]?.label}
              </text>
            ))}
          </>
        );
      }}
    </Plot>
  );
}

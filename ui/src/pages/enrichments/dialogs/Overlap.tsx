import { Text } from "@mantine/core";
import { grouped } from "../../../ui/grouped";
import { count } from "../../../ui/time";

type Props = { a: number; b: number; both: number; left: string; right: string };

/** Two audiences as two circles, with what they share between them. */
export function Overlap({ a, b, both, left, right }: Props) {
  const most = Math.max(a, b, 1);
  const ra = 20 + 44 * Math.sqrt(a / most);
  const rb = 20 + 44 * Math.sqrt(b / most);
  const share = both / Math.max(1, Math.min(a, b));
  const gap = both === 0 ? ra + rb + 10 : ra + rb - 2 * Math.min(ra, rb) * Math.max(0.25, share);
  const cx = 230 - gap / 2;
  const dx = cx + gap;
  const label = `${left}: ${a}; ${right}: ${b}; in both: ${both}`;
  return (
    <figure style={{ margin: 0 }}>
      <svg viewBox="0 0 460 150" role="img" aria-label={label} style={{ width: "100%", maxHeight: 170 }}>
        <circle cx={cx} cy={75} r={ra} fill="var(--fettle-missed)" opacity={0.35} />
        <circle cx={dx} cy={75} r={rb} fill="var(--mantine-primary-color-filled)" opacity={0.35} />
        <g fontSize={12} fill="currentColor">
          <text x={Math.max(4, cx - ra - 8)} y={70} textAnchor={cx - ra > 110 ? "end" : "start"}>
            {left}
          </text>
          <text x={Math.max(4, cx - ra - 8)} y={86} textAnchor={cx - ra > 110 ? "end" : "start"} fontWeight={600}>
            {grouped(a)}
          </text>
          <text x={dx + rb + 8} y={70}>
            {right}
          </text>
          <text x={dx + rb + 8} y={86} fontWeight={600}>
            {grouped(b)}
          </text>
          {both > 0 && (
            <text x={(dx - rb + cx + ra) / 2} y={79} textAnchor="middle" fontWeight={650}>
              {grouped(both)}
            </text>
          )}
        </g>
      </svg>
      <Text component="figcaption" size="xs" c="dimmed" ta="center">
        {count(both, "record is", "records are")} in both.
      </Text>
    </figure>
  );
}

import { useId } from "react";

// Each series has a colour and a pattern of its own, so that it is told from
// the others without colour too.

/** How many series can be told apart. */
export const kinds = 8;

const colors = [
  "var(--fettle-filled)",
  "light-dark(#c9774f, #d98a63)",
  "var(--fettle-reused)",
  "var(--fettle-running)",
  "var(--fettle-unknown)",
  "light-dark(#8a8f3c, #b3b85e)",
  "light-dark(#b5657f, #d18aa0)",
  "var(--fettle-missed)",
];

const over = "var(--fettle-panel)";
const strokes = [
  null,
  <path key="1" d="M-1,5 L5,-1 M-1,9 L9,-1 M3,9 L9,3" />,
  <circle key="2" cx={4} cy={4} r={1.4} fill={over} stroke="none" />,
  <path key="3" d="M0,4 L8,4" />,
  <path key="4" d="M4,0 L4,8" />,
  <path key="5" d="M-1,3 L5,9 M-1,-1 L9,9 M3,-1 L9,5" />,
  <path key="6" d="M0,4 L8,4 M4,0 L4,8" />,
  <path key="7" d="M0,2 L8,2 M0,6 L8,6" />,
];

/** The patterns of one picture, and what fills with the nth: put `defs` into its svg. */
export function usePatterns() {
  const id = useId().replace(/[^a-z0-9]/gi, "");
  const name = (i: number) => `p${id}-${i % kinds}`;
  const defs = (
    <defs>
      {strokes.map((s, i) => (
        <pattern key={name(i)} id={name(i)} width={8} height={8} patternUnits="userSpaceOnUse">
          <rect width={8} height={8} fill={colors[i]} />
          <g stroke={over} strokeWidth={1.6}>
            {s}
          </g>
        </pattern>
      ))}
      <pattern id={`p${id}-open`} width={6} height={6} patternUnits="userSpaceOnUse">
        <path d="M-1,4 L4,-1 M-1,7 L7,-1 M2,7 L7,2" stroke="var(--mantine-color-dimmed)" strokeWidth={0.8} />
      </pattern>
    </defs>
  );
  return { defs, fill: (i: number) => `url(#${name(i)})`, open: `url(#p${id}-open)` };
}

export type Entry = { label: string; kind: number | "open"; note?: string };

/** What each pattern stands for, with its number beside it. */
export function Legend({ of, className }: { of: Entry[]; className?: string }) {
  const { defs, fill, open } = usePatterns();
  return (
    <ul className={className}>
      {of.map((e, i) => (
        <li key={i} title={e.label}>
          <svg width={16} height={12} aria-hidden="true">
            {defs}
            <rect
              width={16}
              height={12}
              rx={2}
              fill={e.kind === "open" ? open : fill(e.kind)}
              stroke="var(--mantine-color-dimmed)"
              strokeWidth={e.kind === "open" ? 0.8 : 0}
            />
          </svg>
          <span className="clip">{e.label}</span>
          {e.note && <b className="tabular">{e.note}</b>}
        </li>
      ))}
    </ul>
  );
}

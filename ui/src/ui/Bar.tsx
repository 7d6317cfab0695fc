import { Tooltip } from "@mantine/core";
import { useState } from "react";
import classes from "./Bar.module.css";
import { grouped } from "./grouped";

export type Part = { value: number; color: string; label: string };

/** A thin bar of parts; the rest of `total` stays empty. */
export function Bar({
  parts,
  total,
  label,
  height = 6,
}: {
  parts: Part[];
  total: number;
  label: string;
  height?: number;
}) {
  // The parts say what they are once the pointer comes: a page has hundreds of them, and each tip costs as it is made.
  const [near, setNear] = useState(false);
  const width = (p: Part) => `${total > 0 ? Math.max(0.4, (100 * p.value) / total) : 0}%`;
  return (
    <div
      className={classes.bar}
      style={{ height }}
      role="img"
      aria-label={label}
      onPointerEnter={near ? undefined : () => setNear(true)}
    >
      {parts
        .filter((p) => p.value > 0)
        .map((p) => {
          const part = <span key={p.label} className={classes.part} style={{ width: width(p), background: p.color }} />;
          if (!near) return part;
          return (
            <Tooltip key={p.label} label={`${p.label}: ${grouped(p.value)}`}>
              {part}
            </Tooltip>
          );
        })}
    </div>
  );
}

/** "49.1%"; never 100 while something is missing, nor 0 while something is there. */
export function percent(part: number, total: number): string {
  if (total <= 0) return "–";
  const p = (100 * part) / total;
  if (part > 0 && p < 0.1) return "< 0.1%";
  const shown = part < total ? Math.min(p, 99.9) : 100;
  return `${shown === 100 || shown === 0 ? shown : shown.toFixed(1)}%`;
}

export function PercentBar({ part, total, label }: { part: number; total: number; label: string }) {
  return (
    <div className={classes.row}>
      <Bar
        parts={[{ value: part, color: "var(--fettle-filled)", label }]}
        total={total}
        label={`${label}: ${percent(part, total)}`}
      />
      <span className={`${classes.percent} tabular`}>{percent(part, total)}</span>
    </div>
  );
}

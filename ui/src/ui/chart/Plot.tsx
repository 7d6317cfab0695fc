import { type KeyboardEvent, type PointerEvent, type ReactNode, useCallback, useState } from "react";
import classes from "./chart.module.css";

export type Room = { width: number; height: number; left: number; right: number; top: number; bottom: number };

type Props = {
  label: string;
  height: number;
  /** How many things can be pointed at, from left to right; where each stands, and what is said of it. */
  n: number;
  x: (i: number, room: Room) => number;
  say: (i: number) => string;
  left?: number;
  right?: number;
  children: (room: Room, at: number | undefined) => ReactNode;
};

const still = 320; // of a page that was not measured yet

/** A drawing as wide as its place, over which the pointer and the arrow keys go from thing to thing; each says what it is. */
export function Plot({ label, height, n, x, say, left = 46, right = 12, children }: Props) {
  const [width, setWidth] = useState(still);
  const [at, setAt] = useState<number>();
  const measured = useCallback((el: HTMLDivElement | null) => {
    if (!el) return;
    const seen = new ResizeObserver(() => setWidth(Math.max(160, el.clientWidth)));
    seen.observe(el);
    return () => seen.disconnect();
  }, []);
  const room: Room = { width, height, left, right, top: 18, bottom: 20 };
  const shown = at === undefined || n === 0 ? undefined : Math.min(at, n - 1);
  const move = (e: PointerEvent<HTMLDivElement>) => {
    const px = e.clientX - e.currentTarget.getBoundingClientRect().left;
    let best = 0;
    for (let i = 1; i < n; i++) if (Math.abs(x(i, room) - px) < Math.abs(x(best, room) - px)) best = i;
    setAt(best);
  };
  const press = (e: KeyboardEvent<HTMLDivElement>) => {
    if (e.altKey || e.ctrlKey || e.metaKey) return; // with one of these an arrow goes back, and is the browser's
    const now = shown ?? n - 1;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: n - 1 }[e.key];
    if (e.key === "Escape" && shown !== undefined) setAt(undefined);
    else if (to !== undefined) setAt(Math.max(0, Math.min(n - 1, to)));
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <div
      ref={measured}
      className={classes.plot}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, n - 1)}
      aria-valuenow={shown ?? Math.max(0, n - 1)}
      aria-valuetext={n > 0 ? say(shown ?? n - 1).replaceAll("\n", ", ") : "nothing yet"}
      onPointerMove={move}
      onPointerDown={move}
      onPointerLeave={() => setAt(undefined)}
      onFocus={() => setAt((a) => a ?? n - 1)}
      onBlur={() => setAt(undefined)}
      onKeyDown={press}
    >
      <svg height={height} aria-hidden="true" focusable="false">
        {children(room, shown)}
      </svg>
      {shown !== undefined && <Tip x={x(shown, room)} width={width} text={say(shown)} />}
    </div>
  );
}

function Tip({ x, width, text }: { x: number; width: number; text: string }) {
  const side = x > width / 2 ? { right: width - x + 8 } : { left: x + 8 };
  return (
    <div className={classes.tip} style={side} aria-hidden="true">
      {text}
    </div>
  );
}

/** Lines across at round values, each with its number at the left. */
export function Levels({
  of,
  room,
  y,
  text,
}: {
  of: number[];
  room: Room;
  y: (v: number) => number;
  text: (v: number) => string;
}) {
  return of.map((v) => (
    <g key={v}>
      <line className={classes.grid} x1={room.left} x2={room.width - room.right} y1={y(v)} y2={y(v)} />
      <text x={room.left - 6} y={y(v) + 4} textAnchor="end">
        {text(v)}
      </text>
    </g>
  ));
}

/** 12k of 12,000: what stands beside a line. */
export function short(v: number): string {
  if (v >= 10_000) return new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 }).format(v);
  return v.toLocaleString("en-US", { maximumSignificantDigits: 4 });
}

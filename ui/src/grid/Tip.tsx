import { type RefObject, useEffect, useRef, useState } from "react";
import classes from "./Grid.module.css";
import { activeCell } from "./GridRow";
import type { Cell } from "./selection";

const delay = 250;

/**
 * What a sign in the grid means, for whoever points at it or comes to it by keys: one for all cells and heads, which
 * carry their words as data-tip. A screen reader has them as the description of the cell or the head.
 */
export function Tip({ grid, at }: { grid: RefObject<HTMLElement | null>; at: Cell }) {
  const [shown, show] = useState<{ text: string; left: number; top: number }>();
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    const stop = new AbortController();
    const hide = () => {
      clearTimeout(later.current);
      show(undefined);
    };
    const point = (of: Element | null | undefined, after: number) => {
      hide();
      if (of) later.current = setTimeout(() => show(place(of)), after);
    };
    const tipped = (t: EventTarget | null) => (t instanceof Element ? t.closest("[data-tip]") : null);
    const on = (name: string, then: (e: Event) => void) =>
      grid.current?.addEventListener(name, then, { signal: stop.signal, passive: true });
    on("mouseover", (e) => point(tipped(e.target), delay));
    on("mouseleave", hide);
    on("focusin", (e) => e.target !== grid.current && point(tipped(e.target), 0));
    on("focusout", hide);
    on("scroll", hide);
    on("mousedown", hide);
    document.addEventListener("keydown", (e) => e.key === "Escape" && hide(), { signal: stop.signal });
    return () => {
      clearTimeout(later.current);
      stop.abort();
    };
  }, [grid]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each cell that one comes to by keys
  useEffect(() => {
    clearTimeout(later.current);
    show(undefined);
    if (document.activeElement !== grid.current) return;
    later.current = setTimeout(() => {
      const cell = document.getElementById(activeCell);
      const of = cell?.querySelector("[data-tip]") ?? cell?.closest("[data-tip]");
      if (of && document.activeElement === grid.current) show(place(of));
    }, delay);
  }, [at.row, at.col]);
  if (!shown) return null;
  return (
    <div role="tooltip" className={classes.tip} style={{ left: shown.left, top: shown.top }}>
      {shown.text}
    </div>
  );
}

const widest = 320;

function place(of: Element) {
  const box = of.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, window.innerWidth - widest - 8));
  return { text: of.getAttribute("data-tip") ?? "", left, top: box.bottom + 6 };
}

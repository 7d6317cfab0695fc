import { type RefObject, useEffect, useRef } from "react";
import { cellText } from "./signal";
import type { GridRecord } from "./useRows";
import type { Column } from "./view";

/**
 * The cell under the pointer gets its whole text as its title, as it may be
 * cut. A title on every cell would be written by every scroll.
 */
export function useWholeText(
  grid: RefObject<HTMLElement | null>,
  columns: Column[],
  rowAt: (row: number) => GridRecord | undefined,
) {
  const latest = useRef({ columns, rowAt });
  latest.current = { columns, rowAt };
  useEffect(() => {
    const el = grid.current;
    const stop = new AbortController();
    const cellOf = ({ target: t }: Event) =>
      t instanceof HTMLElement && t.dataset.col && !t.ariaInvalid ? t : undefined; // what is not valid says so always
    const over = (e: Event) => {
      const cell = cellOf(e);
      const field = latest.current.columns[Number(cell?.dataset.col)]?.field;
      const row = cell?.closest<HTMLElement>("[data-row]")?.dataset.row;
      if (!cell || !field || row === undefined) return;
      cell.title = cellText(latest.current.rowAt(Number(row)), field.field);
    };
    const out = (e: Event) => cellOf(e)?.removeAttribute("title");
    el?.addEventListener("mouseover", over, stop);
    el?.addEventListener("mouseout", out, stop);
    return () => stop.abort();
  }, [grid]);
}

import { useEffect, useRef } from "react";

const takesText = "input:not([type=radio]), textarea, select, [contenteditable], [role=dialog], [role=menu]";

/** Single letters of a page, where no text is typed. A letter after G goes to a page, and does nothing here. */
export function useKeys(acts: Record<string, () => unknown>) {
  const latest = useRef(acts);
  latest.current = acts;
  const g = useRef(0);
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.metaKey || e.ctrlKey || e.altKey || e.defaultPrevented) return;
      if (e.target instanceof HTMLElement && e.target.closest(takesText)) return;
      const key = e.key.toLowerCase();
      const afterG = e.timeStamp - g.current < 1000;
      g.current = key === "g" ? e.timeStamp : 0;
      const act = afterG ? undefined : latest.current[key];
      if (!act) return;
      e.preventDefault(); // else the letter is typed into what opens
      act();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

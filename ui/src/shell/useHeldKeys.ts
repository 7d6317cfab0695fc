import { useEffect, useRef } from "react";

/**
 * Holds the keys from the moment a dialog is asked for until it has the keyboard: its code may be on its way, and
 * meanwhile a letter would begin a value in the grid, or go to another page. `hear` is given what was typed in
 * between, a character or "Backspace" at a time; Escape calls the dialog off.
 */
export function useHeldKeys(asked: boolean, onEscape: () => void, hear?: (key: string) => void) {
  const latest = useRef({ onEscape, hear });
  latest.current = { onEscape, hear };
  useEffect(() => {
    if (!asked) return;
    let there = false;
    const onKey = (e: KeyboardEvent) => {
      there ||= document.activeElement?.closest("[role=dialog]") != null;
      if (there || e.metaKey || e.ctrlKey || e.altKey) return;
      e.preventDefault();
      e.stopImmediatePropagation();
      if (e.key === "Escape") latest.current.onEscape();
      else if (e.key.length === 1 || e.key === "Backspace") latest.current.hear?.(e.key);
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [asked]);
}

import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { GridSearch } from "../routes";

/** G and then a letter goes to a page. */
export const jumps = {
  h: { to: "/", label: "Data Hub" },
  p: { to: "/people", label: "People" },
  c: { to: "/companies", label: "Companies" },
  a: { to: "/audiences", label: "Audiences" },
  e: { to: "/enrichments", label: "Enrichments" },
  s: { to: "/credits", label: "Credits" },
  i: { to: "/import", label: "Import" },
  r: { to: "/review", label: "Review" },
} as const;

/** Whether a letter typed here is text: in a field, or in the grid, where it replaces a value. */
const takesText = (at: EventTarget | null) =>
  typesIn(at) || (at instanceof HTMLElement && at.closest("[role=grid]") !== null);
const typesIn = (at: EventTarget | null) =>
  at instanceof HTMLElement && at.closest("input, textarea, select, [contenteditable], [role=dialog]") !== null;

/** The keys that hold on every page. */
export function useShortcuts(acts: { palette: () => void; help: () => void }) {
  const go = useNavigate();
  const latest = useRef(acts);
  latest.current = acts;
  const g = useRef(0);
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const key = e.key.toLowerCase();
      if (e.metaKey || e.ctrlKey) {
        if (key !== "k" && key !== "/") return;
        e.preventDefault();
        if (key === "k") latest.current.palette();
        else latest.current.help();
        return;
      }
      // In the grid too, where any other letter begins a value.
      if (e.key === "?" && !typesIn(e.target)) latest.current.help();
      if (e.altKey || takesText(e.target)) return;
      const page = window.location.pathname;
      if (key === "n" && (page === "/people" || page === "/companies")) {
        e.preventDefault(); // else the letter is typed into the form that opens
        void go({ to: page, search: (was: GridSearch) => ({ ...was, new: true }) });
      }
      const jump = jumps[key as keyof typeof jumps];
      if (jump && e.timeStamp - g.current < 1000) void go({ to: jump.to });
      g.current = key === "g" ? e.timeStamp : 0;
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [go]);
}

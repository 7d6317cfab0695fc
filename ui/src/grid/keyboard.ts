import type { KeyboardEvent } from "react";
import type { Selection, Stroke } from "./selection";

/** What the keys of the grid do. ⌘V comes as a paste event; ⌘Z holds on every page. */
export type Keys = {
  open: () => void;
  close: () => void;
  edit: (text?: string) => void;
  clear: () => void;
  copy: (heads: boolean) => void;
  fillDown: () => void;
  pick: () => void;
  menu: () => void;
  goTo: () => void;
  all: () => void;
  moved: (stroke: Stroke) => Selection | null;
  select: (s: Selection) => void;
};

export function onKey(e: KeyboardEvent, k: Keys) {
  const command = e.metaKey || e.ctrlKey;
  const moved = k.moved({ key: e.key, shift: e.shiftKey, jump: command });
  if (moved && !e.altKey) return done(e, () => k.select(moved));
  const act = command ? commandOf(e, k) : e.altKey ? null : plain(e, k);
  if (act) done(e, act);
}

function commandOf(e: KeyboardEvent, k: Keys): (() => void) | null {
  if (e.altKey) return null;
  switch (e.key.toLowerCase()) {
    case "c":
      return () => k.copy(e.shiftKey);
    case "a":
      return k.all;
    case "d":
      return k.fillDown;
    case "g":
      return k.goTo;
  }
  return null;
}

function plain(e: KeyboardEvent, k: Keys): (() => void) | null {
  switch (e.key) {
    case " ":
      return e.shiftKey ? k.pick : k.open;
    case "ContextMenu":
      return k.menu;
    case "F10":
      return e.shiftKey ? k.menu : null;
    case "Escape":
      return k.close;
    case "Enter":
    case "F2":
      return () => k.edit();
    case "Delete":
    case "Backspace":
      return k.clear;
  }
  if (e.key === "?") return null; // the help, as everywhere
  return e.key.length === 1 ? () => k.edit(e.key) : null; // typing replaces, as in a spreadsheet
}

function done(e: KeyboardEvent, act: () => void) {
  e.preventDefault();
  act();
}

import type { ComboboxItem, ComboboxItemGroup, ComboboxParsedItem, SelectProps } from "@mantine/core";
import type { KeyboardEvent } from "react";

/** What the option of a value is called; "" if there is none. */
export function labelIn(data: SelectProps["data"], value: SelectProps["value"]): string {
  if (value === null || value === undefined) return "";
  for (const item of data ?? []) {
    if (typeof item === "object" && "items" in item) {
      const inside = labelIn(item.items as SelectProps["data"], value);
      if (inside) return inside;
    } else if (typeof item === "object" ? item.value === value : item === value) {
      return typeof item === "object" ? item.label : String(item);
    }
  }
  return "";
}

/**
 * The options that hold what is typed: the one that is called so first, then those that begin so; Enter takes
 * the first. Groups stay together, and stand as their best option does.
 */
export function matching(options: readonly ComboboxParsedItem[], typed: string): ComboboxParsedItem[] {
  const text = typed.trim().toLowerCase();
  if (text === "") return [...options];
  const found = options.map((o): { o: ComboboxParsedItem; rank: number } => {
    if (!isGroup(o)) return { o, rank: rankOf(o, text) };
    const items = sorted(o.items.map((i) => ({ o: i, rank: rankOf(i, text) })));
    return { o: { group: o.group, items }, rank: Math.min(none, ...items.map((i) => rankOf(i, text))) };
  });
  return sorted(found);
}

const none = 3;

function rankOf(o: ComboboxItem, text: string): number {
  const label = String(o.label).toLowerCase();
  if (label === text) return 0;
  if (label.startsWith(text)) return 1;
  return label.includes(text) ? 2 : none;
}

const sorted = <T>(of: { o: T; rank: number }[]): T[] =>
  of
    .filter((x) => x.rank < none)
    .sort((a, b) => a.rank - b.rank)
    .map((x) => x.o);

const isGroup = (o: ComboboxParsedItem): o is ComboboxItemGroup<ComboboxItem> => "group" in o;

/**
 * Enter in a searched list takes the option that is marked, otherwise the first, and sends no form. For
 * onKeyDownCapture: the list marks and counts by itself, and shortly after it opens or closes it may have done
 * neither, so that Enter would take nothing.
 */
export function takeMarked(e: KeyboardEvent<HTMLElement>, typed: string): void {
  if (e.key !== "Enter" || !typed.trim() || e.nativeEvent.isComposing) return;
  e.preventDefault();
  e.stopPropagation();
  const list = document.getElementById((e.target as HTMLElement).getAttribute("aria-controls") ?? "");
  const shown = [
    ...(list?.querySelectorAll<HTMLElement>("[data-combobox-option]:not([data-combobox-disabled])") ?? []),
  ];
  (shown.find((o) => o.hasAttribute("data-combobox-selected")) ?? shown[0])?.click();
}

/** What is said where somebody typed, chose nothing and went on; `label` is what stays chosen. */
export function unchosen(typed: string, found: number, label: string): string {
  const text = `“${typed.trim()}”`;
  const what = found === 0 ? `Nothing matches ${text}` : `${text} was not chosen`;
  return label ? `${what}: ${label} stays.` : `${what}.`;
}

/** How many options there are, those in groups counted singly. */
export const countOf = (options: readonly ComboboxParsedItem[]): number =>
  options.reduce((n, o) => n + (isGroup(o) ? o.items.length : 1), 0);

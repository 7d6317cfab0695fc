import type { ComboboxItem, ComboboxItemGroup, ComboboxParsedItem, SelectProps } from "@mantine/core";

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

/** What is said where somebody typed, chose nothing and went on; `label` is what stays chosen. */
export function unchosen(typed: string, found: number, label: string): string {
  const text = `“${typed.trim()}”`;
  const what = found === 0 ? `Nothing matches ${text}` : `${text} was not chosen`;
  return label ? `${what}: ${label} stays.` : `${what}.`;
}

/** How many options there are, those in groups counted singly. */
export const countOf = (options: readonly ComboboxParsedItem[]): number =>
  options.reduce((n, o) => n + (isGroup(o) ? o.items.length : 1), 0);

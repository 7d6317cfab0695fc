import { notifications } from "@mantine/notifications";
import { grouped } from "../ui/grouped";
import { type Range, toTSV } from "./selection";
import { cellText } from "./signal";
import type { GridRecord } from "./useRows";
import type { Column } from "./view";

const mostCopied = 50_000;

/** Copies a range as spreadsheets paste it, also what is not on screen; with the columns' names if asked. */
export function useCopy(columns: Column[], read: (from: number, to: number) => Promise<GridRecord[]>) {
  return async (range: Range, heads: boolean) => {
    const chosen = columns.slice(range.left, range.right + 1);
    const bottom = Math.min(range.bottom, range.top + mostCopied - 1);
    try {
      const records = await read(range.top, bottom);
      const lines = records.map((r) => chosen.map((c) => cellText(r, c.field.field)));
      await navigator.clipboard.writeText(toTSV(heads ? [chosen.map((c) => c.field.label), ...lines] : lines));
      const cut = bottom < range.bottom ? `, the first ${grouped(mostCopied)} rows` : "";
      notifications.show({
        message: `Copied ${grouped(records.length)} × ${chosen.length}${heads ? ", with the names" : ""}${cut}.`,
        autoClose: 1800,
      });
    } catch (err) {
      notifications.show({ color: "red", title: "Not copied", message: (err as Error).message });
    }
  };
}

import { notifications } from "@mantine/notifications";
import { useMemo, useRef } from "react";
import { grouped } from "../ui/grouped";
import { allPicked, isPicked, mostPicked, nonePicked, type Picked, pick, pickedCount } from "./picked";
import type { GridRecord } from "./useRows";

/** Picking rows: by a click, a click with Shift, a key, or all that are shown. */
export function usePicks(
  picked: Picked,
  set: (p: Picked) => void,
  count: number,
  read: (from: number, to: number) => Promise<GridRecord[]>,
) {
  const latest = useRef({ picked, set, count, read });
  latest.current = { picked, set, count, read };
  const last = useRef(0);
  const n = pickedCount(picked, count);

  const acts = useMemo(() => {
    /** Picks the rows, or lets them go if the one that leads is picked. */
    const toggle = async (from: number, to: number, leads: number, on?: boolean) => {
      const { read, set, count } = latest.current;
      if (to - from >= mostPicked) {
        notifications.show({
          message: `At most ${grouped(mostPicked)} rows are selected one by one. Select all, and filter.`,
        });
        return;
      }
      const records = await read(from, Math.min(to, count - 1));
      const lead = records[leads - from];
      if (!lead) return;
      const { picked } = latest.current;
      set(
        pick(
          picked,
          records.map((r) => r.id),
          on ?? !isPicked(picked, lead.id),
        ),
      );
    };
    return {
      toggle: (from: number, to: number, leads: number) => void toggle(from, to, leads),
      click: (row: number, range: boolean) => {
        const from = range ? last.current : row;
        last.current = row;
        void toggle(Math.min(from, row), Math.max(from, row), row, range || undefined);
      },
      all: () => {
        const { picked, set, count } = latest.current;
        set(pickedCount(picked, count) === count ? nonePicked : allPicked);
      },
    };
  }, []);
  return { ...acts, header: n === 0 ? false : n >= count ? true : ("mixed" as const) };
}

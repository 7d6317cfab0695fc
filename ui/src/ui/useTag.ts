import { useEffect, useState } from "react";

/** The tag of what an edit began as: what is read while something is being changed may be somebody else's. */
export function useTag<T extends string | undefined>(now: T, changing: boolean, id?: number): T {
  const [kept, setKept] = useState({ id, tag: now });
  useEffect(() => {
    if (!changing || kept.id !== id) setKept({ id, tag: now });
  }, [now, changing, id, kept.id]);
  return kept.tag;
}

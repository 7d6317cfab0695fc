import type { Entity } from "../api/client";
import { noSteps, type Steps } from "./edits";

// What was edited by hand in this browser, so that it can be taken back after
// the page was left, and from another tab. A step taken back leaves alone what
// somebody changed since, so an old one does no harm.

const place = (entity: Entity) => `fettle.steps.${entity}`;

/** About what a browser keeps for one site: older steps make room for newer ones. */
const mostText = 2_000_000;

/** The steps of an entity: read anew each time, because another tab may have changed them. */
export function keptSteps(entity: Entity, storage: Storage = localStorage) {
  let here = noSteps; // where the browser keeps nothing
  const read = (): Steps => {
    try {
      const kept = JSON.parse(storage.getItem(place(entity)) ?? "null") as Steps | null;
      return kept ? { done: kept.done ?? [], undone: kept.undone ?? [] } : here;
    } catch {
      return here;
    }
  };
  const change = (how: (s: Steps) => Steps) => {
    here = how(read());
    let kept = here;
    for (;;) {
      const text = JSON.stringify(kept);
      try {
        if (text.length <= mostText) {
          storage.setItem(place(entity), text);
          return;
        }
      } catch {
        // Full, or not allowed: try with fewer.
      }
      if (kept.done.length + kept.undone.length === 0) break;
      kept = kept.undone.length > 0 ? { ...kept, undone: kept.undone.slice(1) } : { ...kept, done: kept.done.slice(1) };
    }
    try {
      storage.removeItem(place(entity));
    } catch {
      // Nothing is kept; the steps of this page are still here.
    }
  };
  return { read, change };
}

// What was changed by whoever works in this browser, so that it can be taken back
// on any page, after the page was left, and from another tab. A step names a change
// set of the server, which knows what it changed: taking it back leaves alone what
// somebody changed since, so an old one does no harm.

/** Something that was done, in words, with the change set that it is. */
export type Step = { what: string; set: string };
export type Steps = { done: Step[]; undone: Step[] };

export const noSteps: Steps = { done: [], undone: [] };
const mostSteps = 100;

/** After something new was done, what was taken back is gone. */
export const did = (s: Steps, step: Step): Steps => ({ done: [...s.done, step].slice(-mostSteps), undone: [] });

const without = (list: Step[], set: string) => list.filter((s) => s.set !== set);

/** The step was taken back by an undo, which is a change set of its own. */
export const tookBack = (s: Steps, step: Step, undo: string): Steps => ({
  done: without(s.done, step.set),
  undone: [...s.undone, { what: step.what, set: undo }],
});

/** The step was done again: its undo was taken back by another. */
export const didAgain = (s: Steps, step: Step, undo: string): Steps => ({
  done: [...s.done, { what: step.what, set: undo }],
  undone: without(s.undone, step.set),
});

/** The step cannot be taken any more: those before it can. */
export const dropped = (s: Steps, step: Step): Steps => ({
  done: without(s.done, step.set),
  undone: without(s.undone, step.set),
});

const place = "fettle.undo";
const isSteps = (v: unknown): v is Step[] =>
  Array.isArray(v) && v.every((s) => typeof s?.set === "string" && typeof s?.what === "string");

/** The steps of this browser: read anew each time, because another tab may have changed them. */
export function keptSteps(storage: Storage = localStorage) {
  let here = noSteps; // where the browser keeps nothing
  const read = (): Steps => {
    try {
      const kept = JSON.parse(storage.getItem(place) ?? "null") as Partial<Steps> | null;
      return kept && isSteps(kept.done) && isSteps(kept.undone) ? { done: kept.done, undone: kept.undone } : here;
    } catch {
      return here;
    }
  };
  const change = (how: (s: Steps) => Steps) => {
    here = how(read());
    try {
      storage.setItem(place, JSON.stringify(here));
    } catch {
      // Full, or not allowed: the steps of this page are still here.
    }
  };
  return { read, change };
}

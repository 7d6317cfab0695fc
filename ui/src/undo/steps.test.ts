import { describe, expect, it } from "vitest";
import { did, didAgain, dropped, keptSteps, noSteps, tookBack } from "./steps";

/** What a browser keeps, or one that keeps nothing. */
function storage(keeps = true): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (k: string) => kept.get(k) ?? null,
    setItem: (k: string, v: string) => {
      if (!keeps) throw new DOMException("full", "QuotaExceededError");
      kept.set(k, v);
    },
  } as unknown as Storage;
}
const step = (n: number) => ({ what: `edit ${n}`, set: `edit-${n}` });

describe("steps of one person", () => {
  it("outlive the page, and are one list for all tabs", () => {
    const box = storage();
    keptSteps(box).change((s) => did(s, step(1)));
    const other = keptSteps(box);
    other.change((s) => did(s, step(2)));
    const { done } = keptSteps(box).read();
    expect(done.map((s) => s.what)).toEqual(["edit 1", "edit 2"]);
    other.change((s) => tookBack(s, step(2), "undo-3"));
    expect(keptSteps(box).read()).toEqual({ done: [step(1)], undone: [{ what: "edit 2", set: "undo-3" }] });
  });

  it("are done again by taking the undo back, and then taken back by that", () => {
    let s = tookBack(did(noSteps, step(1)), step(1), "undo-2");
    s = didAgain(s, { what: "edit 1", set: "undo-2" }, "undo-3");
    expect(s).toEqual({ done: [{ what: "edit 1", set: "undo-3" }], undone: [] });
    expect(did(tookBack(s, { what: "edit 1", set: "undo-3" }, "undo-4"), step(9)).undone).toEqual([]);
  });

  it("are let go where the server says that they cannot be taken back", () => {
    const s = did(did(noSteps, step(1)), step(2));
    expect(dropped(s, step(2)).done).toEqual([step(1)]);
  });

  it("work where the browser keeps nothing, and do not stumble over what somebody else wrote there", () => {
    const none = keptSteps(storage(false));
    none.change((s) => did(s, step(1)));
    expect(none.read().done).toHaveLength(1);
    for (const text of ["{not json", '{"done":[{"edits":[]}],"undone":[]}', "7"]) {
      const box = storage();
      box.setItem("fettle.undo", text);
      expect(keptSteps(box).read()).toEqual(noSteps);
    }
  });
});

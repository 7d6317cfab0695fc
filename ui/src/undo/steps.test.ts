import { describe, expect, it } from "vitest";
import { did, tookBack } from "./edits";
import { keptSteps } from "./steps";

/** What a browser keeps, with room for so many characters. */
function storage(room = Number.POSITIVE_INFINITY): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (k: string) => kept.get(k) ?? null,
    setItem: (k: string, v: string) => {
      if (v.length > room) throw new DOMException("full", "QuotaExceededError");
      kept.set(k, v);
    },
    removeItem: (k: string) => void kept.delete(k),
  } as unknown as Storage;
}
const step = (n: number) => ({ what: `edit ${n}`, edits: [{ record: n, field: "title", value: "b", old: "a" }] });

describe("steps of hand edits", () => {
  it("outlive the page, and are one list for all tabs", () => {
    const box = storage();
    keptSteps("people", box).change((s) => did(s, step(1)));
    const other = keptSteps("people", box);
    other.change((s) => did(s, step(2)));
    expect(
      keptSteps("people", box)
        .read()
        .done.map((s) => s.what),
    ).toEqual(["edit 1", "edit 2"]);
    other.change(tookBack);
    expect(
      keptSteps("people", box)
        .read()
        .undone.map((s) => s.what),
    ).toEqual(["edit 2"]);
    expect(keptSteps("companies", box).read().done).toEqual([]);
  });

  it("let the oldest go where the browser has no room, and work where it keeps nothing", () => {
    const small = storage(200);
    const a = keptSteps("people", small);
    for (let n = 1; n <= 5; n++) a.change((s) => did(s, step(n)));
    const kept = keptSteps("people", small).read().done;
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.at(-1)?.what).toBe("edit 5");
    const none = keptSteps("people", storage(0));
    none.change((s) => did(s, step(1)));
    expect(none.read().done).toHaveLength(1);
  });

  it("do not stumble over what somebody else wrote there", () => {
    const box = storage();
    box.setItem("fettle.steps.people", "{not json");
    expect(keptSteps("people", box).read()).toEqual({ done: [], undone: [] });
  });
});

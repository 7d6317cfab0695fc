import { describe, expect, test } from "vitest";
import { allPicked, choiceOf, isPicked, nonePicked, pick, pickedCount } from "./picked";

describe("picked rows", () => {
  test("are some by their ids", () => {
    const p = pick(pick(nonePicked, [1, 2, 3], true), [2], false);
    expect([1, 2, 3, 4].map((id) => isPicked(p, id))).toEqual([true, false, true, false]);
    expect(pickedCount(p, 100)).toBe(2);
    expect(choiceOf(p, { entity: "people", where: "x" })).toEqual({ ids: [1, 3] });
  });

  test("are all that a query shows but some", () => {
    const p = pick(pick(allPicked, [7, 8], false), [8], true);
    expect([7, 8, 9].map((id) => isPicked(p, id))).toEqual([false, true, true]);
    expect(pickedCount(p, 100)).toBe(99);
    expect(choiceOf(p, { entity: "people", where: "x" })).toEqual({
      entity: "people",
      where: "x",
      search: undefined,
      except: [7],
    });
    expect(choiceOf(allPicked, { entity: "people", audience: "berlin" })).toEqual({
      audience: "berlin",
      where: undefined,
      search: undefined,
      except: undefined,
    });
  });
});

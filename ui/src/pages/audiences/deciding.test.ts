import { expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { deciding } from "./deciding";

const leaf = (text: string, holds: boolean): Schemas["Explanation"] => ({ text, true: holds });
const of = (text: string, holds: boolean, ...clauses: Schemas["Explanation"][]) => ({ text, true: holds, clauses });
const names = (e: Schemas["Explanation"]) => deciding(e).map((c) => c.text);

it("finds the conditions that decide", () => {
  expect(names(leaf("a", false))).toEqual(["a"]);
  expect(names(of("a && b", false, leaf("a", true), leaf("b", false)))).toEqual(["b"]);
  expect(names(of("a || b", true, leaf("a", true), leaf("b", false)))).toEqual(["a"]);
  expect(
    names(of("a && (b || c)", false, leaf("a", true), of("b || c", false, leaf("b", false), leaf("c", false)))),
  ).toEqual(["b", "c"]);
  // What keeps a record out of a "not" is that which holds inside.
  expect(
    names(
      of(
        "a && !(b || c)",
        false,
        leaf("a", true),
        of("!(b || c)", false, of("b || c", true, leaf("b", false), leaf("c", true))),
      ),
    ),
  ).toEqual(["c"]);
});

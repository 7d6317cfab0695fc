import { expect, it } from "vitest";
import { alsoLately } from "../grid/signal";
import { tokens } from "../pages/audiences/builder/tokens";
import { anyOf, both, bracketed, without } from "./where";

const read = (where: string) =>
  tokens(where)
    ?.map((t) => t.text)
    .join("");

it("joins conditions, of which a comment may be the end", () => {
  const [a, b] = ["a // why", `b == "//"`];
  expect(read(both(a, "c"))).toBe("(a)&&c");
  expect(read(without(a, b))).toBe("(a)&&!(b==//)");
  expect(read(without("", a))).toBe("(true)&&!(a)");
  expect(read(anyOf([b, a]))).toBe("(b==//)||(a)");
  expect(read(both(a, bracketed(anyOf([a]))))).toBe("(a)&&((a))");
  expect(read(alsoLately(a))).toBe(`(a)&&${read(alsoLately(""))}`);
});

it("leaves out what narrows nothing, and brackets on one line what has no comment", () => {
  expect(both("", "c")).toBe("c");
  expect(both(undefined, "c")).toBe("c");
  expect(anyOf(["a", ""])).toBe("");
  expect(both("a || b", "c")).toBe("(a || b) && c");
});

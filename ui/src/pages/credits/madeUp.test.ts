import { expect, test } from "vitest";
import { isMadeUp, madeUpOf } from "./MadeUp";

test("credits of the simulated provider are told from real ones", () => {
  expect(["sandbox", "llm/sandbox", "llm/sandbox@two", "hunter", "llm/openai", ""].map(isMadeUp)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  const by = [
    { key: "sandbox", settled_credits: "964" },
    { key: "llm/openai", settled_credits: "291" },
    { key: "llm/sandbox", settled_credits: "0.5" },
  ];
  expect(madeUpOf(by)).toBe(964_500_000n);
  expect(madeUpOf([])).toBe(0n);
});

import { expect, it } from "vitest";
import { called, choices, paramLabel } from "./labels";

const items = [
  { name: "a", label: "House Democrats" },
  { name: "b", label: "Berlin" },
  { name: "c", label: "Berlin" },
];

it("calls a thing by its label, and one that is gone by its name", () => {
  expect(called("a", items)).toBe("House Democrats");
  expect(called("gone", items)).toBe("gone");
  expect(called("a", undefined)).toBe("a");
});

it("spells what a provider left without a label", () => {
  expect(paramLabel("work_email", [{ name: "work_email", label: "Work email" }])).toBe("Work email");
  expect(paramLabel("seniority_level", [{ name: "work_email" }])).toBe("Seniority level");
});

it("tells two with the same label apart", () => {
  expect(choices(items).map((c) => c.label)).toEqual(["House Democrats", "Berlin (b)", "Berlin (c)"]);
});

import { expect, it } from "vitest";
import { type Deed, whyNot } from "./may";

it("follows the table of roles", () => {
  const may = (role: "viewer" | "editor" | "admin", may_spend: boolean) =>
    (["edit", "spend", "rule"] as Deed[]).filter((d) => whyNot({ role, may_spend }, d) === undefined).join(" ");
  expect(may("viewer", false)).toBe("");
  expect(may("editor", false)).toBe("edit");
  expect(may("editor", true)).toBe("edit spend");
  expect(may("admin", true)).toBe("edit spend rule");
});

it("says nothing of someone who is not known yet", () => {
  expect(whyNot(undefined, "spend")).toBeUndefined();
});

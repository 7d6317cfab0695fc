import { expect, it } from "vitest";
import { passwordProblem, readLink } from "./link";

it("reads a link", () => {
  expect(readLink("#invite=a-_b")).toEqual({ kind: "invite", secret: "a-_b" });
  expect(readLink("local=x")).toEqual({ kind: "local", secret: "x" });
  expect(readLink("#reset=")).toBeNull();
  expect(readLink("#other=x")).toBeNull();
  expect(readLink("")).toBeNull();
});

it("says why a password cannot be taken", () => {
  expect(passwordProblem("short", "short")).toMatch(/10/);
  expect(passwordProblem("long enough", "long enougH")).toMatch(/same/);
  expect(passwordProblem("ééééééééé", "ééééééééé")).toMatch(/10/);
  expect(passwordProblem("long enough", "long enough")).toBe("");
});

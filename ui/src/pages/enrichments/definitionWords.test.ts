import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { changedLines, definitionLines } from "./definitionWords";

const of = (more: object) =>
  ({
    audience: ["berlin"],
    steps: [{ provider: "sandbox/find_email", inputs: { full_name: "name", domain: "lower(company_domain)" } }],
    outputs: { work_email: "email" },
    write: "fill_blanks",
    follow: true,
    rerun_on: "never",
    refresh: "never",
    not_found_retry: "never",
    unknown: "hold",
    ...more,
  }) as unknown as Schemas["Definition"];
const names = {
  audience: (n: string) => ({ berlin: "People in Berlin", rome: "Rome" })[n] ?? n,
  field: (k: string) => ({ name: "Name", email: "Email" })[k] ?? k,
  provider: () => "Find work email",
};

test("a definition is told by the words of the editor, without keys", () => {
  const text = definitionLines(of({}), names)
    .map((l) => l.join(": "))
    .join("\n");
  expect(text).toContain("Audience: People in Berlin");
  expect(text).toContain("Step 1 is given: Full name: Name; Domain: lower(company_domain)");
  expect(text).toContain("Results go to: Work email → Email");
  expect(text).not.toMatch(/fill_blanks|work_email|sandbox|[{}"]/);
});

test("only what differs from the version before is told", () => {
  expect(changedLines(undefined, of({}), names)).toEqual(["First version."]);
  expect(changedLines(of({}), of({ audience: ["rome"], refresh: "90d" }), names)).toEqual([
    "Audience: People in Berlin → Rome",
    "Bought again: never → after 90 days",
  ]);
  expect(changedLines(of({ guards: { again: 1 } }), of({ guards: { again: 2 } }), names)).toEqual([
    "Its safety stops changed.",
  ]);
});

import { describe, expect, it } from "vitest";
import type { Schemas } from "../../../api/client";
import {
  asksOther,
  emptyDraft,
  fills,
  guessInput,
  guessOutputs,
  modelChoices,
  outputsAfter,
  outputsOf,
  pricesOf,
  stepOf,
} from "./draft";

const field = (key: string, type = "text") =>
  ({ field: key, label: key, type, entity: "people" }) as unknown as Schemas["Field"];
const people = [
  field("name"),
  field("email", "email"),
  field("title"),
  field("company_domain", "domain"),
  field("linkedin_url", "linkedin"),
];
const find = {
  id: "sandbox/find_email",
  inputs: [{ name: "full_name" }, { name: "company_domain" }, { name: "shoe_size" }],
  outputs: [{ name: "email", type: "email" }],
} as unknown as Schemas["OperationInfo"];

describe("the editor's guesses", () => {
  it("maps inputs by name and by what they are called elsewhere", () => {
    expect(stepOf(find, people, "people").inputs).toEqual({ full_name: "name", company_domain: "company_domain" });
    expect(guessInput("company_name", people, "people")).toBe("company.name");
    expect(guessInput("company_name", [field("name")], "companies")).toBe("name");
  });

  it("maps outputs, and gives a wanted field the first that is left", () => {
    expect(guessOutputs(["work_email", "job_title"], people)).toEqual({ work_email: "email", job_title: "title" });
    expect(guessOutputs(["work_email", "job_title"], people, "title")).toEqual({ job_title: "title" });
    expect(guessOutputs(["answer"], people, "title")).toEqual({ answer: "title" });
  });

  it("offers what can fill a field", () => {
    expect(fills(find, field("email", "email"))).toBe(true);
    expect(fills(find, field("phone", "phone"))).toBe(false);
  });

  it("prices a connection's models by its own prices, then by its vendor's", () => {
    const price = (provider: string, model: string) => ({ provider, model }) as unknown as Schemas["ModelPrice"];
    const all = [price("openai", "a"), price("openai", "b"), price("openai@local", "b"), price("openai@x", "c")];
    expect(pricesOf("llm/openai@local", all)).toEqual([all[2], all[0]]);
    expect(pricesOf("llm/openai", all)).toEqual([all[0], all[1]]);
  });

  it("drops what no step gives any more, and follows a result that is renamed", () => {
    const outputs = { email: "email", title: "title" };
    const wide = {
      id: "x/y",
      inputs: [],
      outputs: [{ name: "email" }, { name: "title" }],
    } as unknown as Schemas["OperationInfo"];
    const [one, other] = [{ provider: "x/y" }, { provider: "sandbox/find_email" }];
    expect(outputsAfter(outputs, [one], [other], [find, wide])).toEqual({ email: "email" });
    expect(outputsAfter(outputs, [one], [], [find, wide])).toEqual({});
    expect(outputsAfter(outputs, [one], [other], [find])).toEqual(outputs); // of what is not known nothing is dropped
    const model = (name: string) => ({ provider: "llm/openai", output: { [name]: {} } });
    expect(outputsAfter({ answer: "title" }, [model("answer")], [model("line")], [])).toEqual({ line: "title" });
  });

  it("knows the outputs of a step by its own names", () => {
    expect(outputsOf({ provider: "x/y", outputs: { email: "work" } }, find)).toEqual(["work"]);
    expect(outputsOf({ provider: "llm/openai", output: { line: {}, tone: {} } }, undefined)).toEqual(["line", "tone"]);
  });
});

it("offers the models of the connection's server first", () => {
  expect(modelChoices([], ["a", "b"])).toEqual(["a", "b"]);
  expect(
    modelChoices(
      [
        { model: "local", priced: false },
        { model: "b", priced: true },
      ],
      ["a", "b"],
    ),
  ).toEqual([
    { group: "Offered there", items: ["b"] },
    { group: "Offered there, without a price yet", items: ["local"] },
    { group: "Priced, not offered there", items: ["a"] },
  ]);
});

describe("what is asked, before and after an edit", () => {
  const was = {
    ...emptyDraft("berlin"),
    steps: [{ provider: "x/find", inputs: { name: "name" } }],
    outputs: { a: "b" },
  };
  const other = (part: object) => asksOther(was as never, { ...was, ...part } as never);
  it("is the same when only audience, limit or accepted statuses change", () => {
    expect(other({ audience: ["rome"], limit: { credits: "3" } })).toBe(false);
    expect(
      other({ steps: [{ inputs: { name: "name" }, provider: "x/find", accept: ["valid"], when: undefined }] }),
    ).toBe(false);
  });
  it("is another when a step, an output or its condition changes", () => {
    expect(other({ steps: [...was.steps, { provider: "y/find" }] })).toBe(true);
    expect(other({ steps: [{ provider: "x/find", inputs: { name: "title" } }] })).toBe(true);
    expect(other({ outputs: { a: "c" } })).toBe(true);
    expect(other({ when: "blank(title)" })).toBe(true);
  });
});

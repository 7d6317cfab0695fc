import { describe, expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { simulatedStep } from "./simulated";
import { whyNot } from "./why";

type Provider = Schemas["ProviderView"];
const field = (key: string) =>
  ({ field: key, label: key, type: "text", entity: "people" }) as unknown as Schemas["Field"];
const fields = [field("name"), field("email"), field("company_domain")];
const op = (id: string, inputs: string[], outputs: string[], entity = "people") =>
  ({
    id,
    entity,
    inputs: inputs.map((name) => ({ name })),
    outputs: outputs.map((name) => ({ name })),
  }) as unknown as Schemas["OperationInfo"];
const all = [
  {
    name: "sandbox",
    provider: "sandbox",
    operations: [
      op("sandbox/company", ["domain"], ["industry"], "companies"),
      op("sandbox/find_email", ["full_name", "company_domain"], ["email"]),
    ],
  },
  { name: "llm/sandbox", provider: "llm/sandbox", operations: [op("llm/sandbox", [], [], "")] },
] as unknown as Provider[];

describe("the simulated provider in the place of another", () => {
  it("gives the same results under the names that the enrichment has for them", () => {
    const hunter = op("hunter/find", ["first"], ["work_email", "score"]);
    expect(simulatedStep({ provider: "hunter/find", inputs: {} }, hunter, all, fields, "people")).toEqual({
      provider: "sandbox/find_email",
      inputs: { full_name: "name", company_domain: "company_domain" },
      outputs: { email: "work_email" },
      when: undefined,
    });
  });

  it("keeps what was written for a model", () => {
    const step = { provider: "llm/openai", model: "gpt-5-mini", prompt: "Hello {{ name }}", output: { line: {} } };
    expect(simulatedStep(step, undefined, all, fields, "people")).toEqual({
      ...step,
      provider: "llm/sandbox",
      model: "sandbox-1",
    });
  });

  it("offers nothing where it has nothing like it", () => {
    const phone = op("lusha/phone", ["name"], ["phone"]);
    expect(simulatedStep({ provider: "lusha/phone" }, phone, all, fields, "people")).toBeUndefined();
    const industry = op("x/industry", ["domain"], ["industry"]);
    expect(simulatedStep({ provider: "x/industry" }, industry, all, fields, "people")).toBeUndefined();
  });
});

describe("why a provider cannot be asked", () => {
  const why = (text: string, unit = "credit") => whyNot({ why: text, unit } as unknown as Provider);
  it("is said without its key", () => {
    expect(why("the provider llm/openai@local has no key")).toBe("has no key");
    expect(why("the simulated provider is switched off")).toBe("is switched off");
    expect(why("the price of one credit of hunter is not stated")).toBe(
      "needs a price: what one of its credits costs you",
    );
  });
});

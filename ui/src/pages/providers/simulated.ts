import type { Entity, Schemas } from "../../api/client";
import { guessOutput, isModel, outputsOf, type StepBody, stepOf } from "../enrichments/editor/draft";

type Provider = Schemas["ProviderView"];
type Operation = Schemas["OperationInfo"];

/** What is said wherever the simulated provider is offered. */
export const madeUp =
  "Its answers are made up: no vendor is asked and nothing is billed. Prices, limits and credits work as with a real one.";

/** The providers whose answers are made up: data, and a model. */
export const makesUp = (p: Pick<Provider, "provider">) => p.provider === "sandbox" || p.provider === "llm/sandbox";

/** Whether an operation (sandbox/find_email, llm/sandbox) makes its answers up. */
export const asksMadeUp = (operation: string) => /^(sandbox\/|llm\/sandbox(@|$))/.test(operation);

/** Whether a provider whose answers are made up can be asked now. */
export const simulates = (all: Provider[]) => all.some((p) => makesUp(p) && p.ready);

/**
 * The step with the simulated provider in the place of whom it asks: what was written stays, and its results keep
 * their names. Undefined where the simulated provider gives nothing like it.
 */
export function simulatedStep(
  step: StepBody,
  op: Operation | undefined,
  all: Provider[],
  fields: Schemas["Field"][],
  entity: Entity,
): StepBody | undefined {
  if (isModel(op) || step.prompt !== undefined) return { ...step, provider: "llm/sandbox", model: "sandbox-1" };
  const given = outputsOf(step, op);
  const offered = all.filter(makesUp).flatMap((p) => p.operations);
  for (const o of offered) {
    if (isModel(o) || (o.entity && o.entity !== entity)) continue;
    for (const name of outputsOf({ provider: o.id }, o)) {
      const same = given.find((g) => g === name || guessOutput(g) === name);
      if (same)
        return {
          ...stepOf(o, fields, entity),
          ...(same === name ? {} : { outputs: { [name]: same } }),
          when: step.when,
        };
    }
  }
  return undefined;
}

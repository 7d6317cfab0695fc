import type { Entity, Schemas } from "../../../api/client";

type Definition = Schemas["Definition"];
type Param = Schemas["Param"];
type Operation = Schemas["OperationInfo"];
export type StepBody = Schemas["StepBody"];
export type Draft = Schemas["DefinitionBody"] & { steps: StepBody[] };

/** What a new enrichment begins with. A limit is left out: it has to be said. */
export const emptyDraft = (audience: string): Draft => ({
  audience: [audience],
  steps: [],
  outputs: {},
  write: "fill_blanks",
  follow: true,
  rerun_on: "never",
  refresh: "never",
  not_found_retry: "never",
  unknown: "hold",
});

/** A saved definition as the editor changes it. */
export const draftOf = (d: Definition): Draft =>
  structuredClone({ ...d, audience: d.audience ?? [], steps: d.steps ?? [] }) as Draft;

/** Whether one asks something else than the other, or for other fields: what the old one bought is older then. */
export function asksOther(was: Pick<Definition, "steps" | "outputs" | "when" | "until">, is: Draft): boolean {
  const asked = (d: Pick<Draft, "steps" | "outputs" | "when" | "until">) =>
    JSON.stringify([
      (d.steps ?? []).map(({ accept: _, ...step }) =>
        Object.entries(step)
          .filter(([, v]) => v !== undefined && v !== "")
          .sort(([a], [b]) => a.localeCompare(b)),
      ),
      Object.entries(d.outputs ?? {}).sort(([a], [b]) => a.localeCompare(b)),
      d.when || "",
      d.until || "",
    ]);
  return asked(was as Draft) !== asked(is);
}

/** Words of one field or input, for matching: "company_domain" → company domain. */
const words = (s: string) =>
  s
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);

const aliases: Record<string, string[]> = {
  full_name: ["name"],
  name: ["name"],
  domain: ["domain", "company_domain"],
  company_domain: ["company_domain", "domain"],
  company_name: ["company.name"],
  work_email: ["email"],
  job_title: ["title"],
  employee_count: ["employee_count"],
};

/** The record's field that an input most likely wants; "" when none does. */
export function guessInput(input: string, fields: Schemas["Field"][], entity: Entity): string {
  const keys = fields.map((f) => f.field);
  if (entity === "companies" && input === "company_name" && keys.includes("name")) return "name";
  for (const alias of [input, ...(aliases[input] ?? [])]) {
    if (keys.includes(alias) || (entity === "people" && alias.startsWith("company."))) return alias;
  }
  const want = words(input);
  return keys.find((k) => words(k).length > 0 && words(k).every((w) => want.includes(w))) ?? "";
}

/** The first step of an operation, its inputs mapped as far as they can be guessed. */
export function stepOf(op: Operation, fields: Schemas["Field"][], entity: Entity): StepBody {
  const step: StepBody = { provider: op.id };
  if (isModel(op)) {
    return {
      ...step,
      model: op.id === "llm/sandbox" ? "sandbox-1" : "",
      prompt: "",
      output: { answer: { type: "string" } },
      max_output_tokens: 200,
    };
  }
  if (op.id === "formula") return { ...step, formula: { value: "" } };
  const inputs: Record<string, string> = {};
  for (const p of op.inputs ?? []) {
    const guess = guessInput(p.name, fields, entity);
    if (guess) inputs[p.name] = guess;
  }
  return { ...step, inputs };
}

export const isModel = (op: Operation | undefined) => Boolean(op?.id.startsWith("llm/"));

/** The prices of the models that a step's connection offers: its own, before its vendor's. */
export function pricesOf(provider: string, prices: Schemas["ModelPrice"][]): Schemas["ModelPrice"][] {
  const own = provider.replace(/^llm\//, "");
  const mine = prices.filter((p) => p.provider === own);
  const vendors = prices.filter((p) => p.provider === own.split("@")[0]);
  return [...mine, ...vendors.filter((p) => !mine.some((m) => m.model === p.model))];
}

/** The models to choose from: what the connection's server says that it offers, then those whose price is known. */
export function modelChoices(offered: { model: string; priced: boolean }[], priced: string[]) {
  if (offered.length === 0) return priced;
  const names = new Set(offered.map((m) => m.model));
  const others = priced.filter((m) => !names.has(m));
  return [
    { group: "Offered there", items: offered.filter((m) => m.priced).map((m) => m.model) },
    { group: "Offered there, without a price yet", items: offered.filter((m) => !m.priced).map((m) => m.model) },
    { group: "Priced, not offered there", items: others },
  ].filter((g) => g.items.length > 0);
}

/** The names that a step can give, by which outputs are mapped. */
export function outputsOf(step: StepBody, op: Operation | undefined): string[] {
  const own = step.output
    ? Object.keys(step.output)
    : step.formula
      ? Object.keys(step.formula)
      : ((op?.outputs ?? []) as Param[]).map((o) => o.name);
  return own.map((name) => (step.outputs as Record<string, string> | undefined)?.[name] ?? name);
}

/** All names that steps give; undefined while one of them asks an operation that is not known. */
function namesOf(steps: StepBody[], operations: Operation[]): Set<string> | undefined {
  const ops = steps.map((s) => operations.find((o) => o.id === s.provider));
  if (steps.some((s, i) => !ops[i] && !s.output && !s.formula)) return undefined;
  return new Set(steps.flatMap((s, i) => outputsOf(s, ops[i])));
}

/**
 * Where results go when the steps change: what no step gives any more goes nowhere, and a result that is only called
 * otherwise goes where it went.
 */
export function outputsAfter(
  outputs: Record<string, string>,
  before: StepBody[],
  after: StepBody[],
  operations: Operation[],
): Record<string, string> {
  const [was, is] = [namesOf(before, operations), namesOf(after, operations)];
  if (!was || !is) return outputs;
  const [gone, come] = [[...was].filter((n) => !is.has(n)), [...is].filter((n) => !was.has(n))];
  const renamed = gone.length === 1 && come.length === 1 && after.length === before.length ? come[0] : undefined;
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, field]) =>
      !gone.includes(name) ? [[name, field]] : renamed !== undefined ? [[renamed, field]] : [],
    ),
  );
}

/** The operations' outputs that could fill a field: by name, or by the field's type. */
export function fills(op: Operation, field: Schemas["Field"] | undefined): boolean {
  if (!field) return true;
  if (isModel(op) || op.id === "formula") return true;
  return (op.outputs ?? []).some(
    (o) =>
      o.name === field.field || guessOutput(o.name) === field.field || (o.type === field.type && field.type !== "text"),
  );
}

export const guessOutput = (name: string) => ({ work_email: "email", job_title: "title" })[name] ?? name;

/** Outputs → fields, as far as their names say; a wanted field takes the first that fits. */
export function guessOutputs(names: string[], fields: Schemas["Field"][], wanted?: string): Record<string, string> {
  const keys = new Set(fields.map((f) => f.field));
  const out: Record<string, string> = {};
  for (const n of names) {
    const guess = keys.has(n) ? n : guessOutput(n);
    if (keys.has(guess) && (!wanted || guess === wanted)) out[n] = guess;
  }
  const [first] = names;
  if (wanted && first && !Object.values(out).includes(wanted)) out[first] = wanted;
  return out;
}

/** What steps still lack before they can be saved. */
export function lacking(steps: StepBody[]): string[] {
  const models = steps.filter((s) => s.prompt !== undefined);
  const formulas = steps.flatMap((s) => (s.formula ? Object.values(s.formula as Record<string, string>) : []));
  return [
    models.some((s) => !s.model?.trim()) && "a model",
    models.some((s) => !s.prompt?.trim()) && "a prompt",
    formulas.some((f) => !f.trim()) && "a formula",
  ].filter((x): x is string => Boolean(x));
}

import type { Schemas } from "../../api/client";

// A definition in the words of the editor, a line for each thing that can be
// chosen there: what a version is, and what differs between two.

type Definition = Schemas["Definition"];
type Step = Definition["steps"][number];

/** What things are called. */
export type Names = {
  audience: (name: string) => string;
  field: (key: string) => string;
  provider: (operation: string) => string;
};

const writes: Record<string, string> = {
  fill_blanks: "Nothing: only blanks are filled",
  overwrite: "Imported and bought values",
  overwrite_all: "Every value, even those set by hand",
};
const again: Record<string, string> = { never: "never", inputs: "when inputs change", signal: "at a new signal" };
const words = (s: string) => s.replaceAll("_", " ");
const first = (s: string) => s.replace(/^./, (c) => c.toUpperCase());
const every = (v: string | undefined) => (!v || v === "never" ? "never" : `after ${v.replace(/^(\d+)d$/, "$1 days")}`);
/** An expression of one field by its label, any other as it was written. */
const read = (of: string, { field }: Names) => (/^\w+$/.test(of) ? field(of) : of);

function stepLines(s: Step, i: number, names: Names): [string, string][] {
  const n = `Step ${i + 1}`;
  const pairs = (o: Record<string, string> | undefined, by: (v: string) => string) =>
    Object.entries(o ?? {})
      .map(([k, v]) => `${first(words(k))}: ${by(v)}`)
      .join("; ");
  return [
    [n, [names.provider(s.provider), s.model].filter(Boolean).join(", ")],
    [`${n} is given`, pairs(s.inputs, (v) => read(v, names))],
    [`${n}, prompt`, s.prompt ?? ""],
    [`${n}, instructions`, s.system ?? ""],
    [
      `${n} answers with`,
      Object.keys(s.output ?? {})
        .map(words)
        .join(", "),
    ],
    [`${n}, longest answer`, s.max_output_tokens ? `${s.max_output_tokens} tokens` : ""],
    [`${n} works out`, pairs(s.formula, (v) => v)],
    [`${n}, options`, pairs(s.options as Record<string, string> | undefined, String)],
    [`${n} is asked only if`, s.when ?? ""],
    [`${n} takes`, (s.accept ?? []).map(words).join(", ")],
  ];
}

/** A definition as lines: what is chosen, and what was. Blank ones are left out. */
export function definitionLines(d: Definition, names: Names): [topic: string, text: string][] {
  const outputs = Object.entries(d.outputs ?? {}).map(([name, key]) => `${first(words(name))} → ${names.field(key)}`);
  const lines: [string, string][] = [
    ["Audience", d.audience.map(names.audience).join(", ")],
    ...d.steps.flatMap((s, i) => stepLines(s, i, names)),
    ["Results go to", outputs.join("; ")],
    ["A row is done", d.until === "all" ? "with every result" : "with the first result"],
    ["May overwrite", writes[d.write] ?? words(d.write)],
    ["Only if", d.when ?? ""],
    ["Follows its audience", d.follow ? "yes" : "no"],
    ["Bought again", every(d.refresh)],
    ["Bought again otherwise", again[d.rerun_on] ?? words(d.rerun_on)],
    ["Asked again where nothing was found", every(d.not_found_retry)],
    ["Asked again where the answer is unsure", d.unsure_retry ? every(d.unsure_retry) : ""],
    ["Comes back through others", d.loop ? `at most ${d.loop} times` : ""],
    ["Shared keys are enough", d.allow_shared_keys ? "yes" : ""],
    ["A charge that nobody knows of", d.unknown === "write_off" ? "is written off" : "is held"],
    ["Set times", d.schedule ? Object.values(d.schedule).map(String).join(", ") : ""],
    ["Safety stops of its own", d.guards ? "yes" : ""],
  ];
  return lines.filter(([, text]) => text !== "");
}

/** What differs between a version and the one before it, a line each. */
export function changedLines(before: Definition | undefined, after: Definition, names: Names): string[] {
  if (!before) return ["First version."];
  const [was, is] = [before, after].map((d) => new Map(definitionLines(d, names))) as [
    Map<string, string>,
    Map<string, string>,
  ];
  const out = [...new Set([...was.keys(), ...is.keys()])]
    .filter((t) => was.get(t) !== is.get(t))
    .map((t) => `${t}: ${short(was.get(t))} → ${short(is.get(t))}`);
  const more = JSON.stringify(before.guards) !== JSON.stringify(after.guards) && before.guards && after.guards;
  return [...out, ...(more ? ["Its safety stops changed."] : [])];
}

const short = (s = "nothing") => (s.length > 160 ? `${s.slice(0, 160)}…` : s);

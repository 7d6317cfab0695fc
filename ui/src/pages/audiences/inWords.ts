import { read } from "./builder/cel";
import { fromSource, type Group, type Node, needsValue, opLabels, type Readable, spans } from "./builder/tree";

const units: Record<string, string> = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };
const lately = /^signals\.exists\(s, s\.type == "([^"]+)" && within\(s\.at, "(\d+)([smhdw])"\)\)$/;

/** A filter as people say it: Location is Berlin and Email is blank. What has no words yet stays as it is written. */
export function filterInWords(where: string, readables: Readable[]): string {
  const byName = new Map(readables.map((r) => [r.name, r]));
  const tree = read(where, (name) => byName.get(name)?.type);
  const label = (name: string) => byName.get(name)?.label ?? name;
  return tree ? ofGroup(tree, label, true) : where;
}

function ofGroup(g: Group, label: (name: string) => string, outer: boolean): string {
  const parts = g.items.map((n) => ofNode(n, label)).join(g.join === "and" ? " and " : " or ");
  if (g.not) return `not (${parts})`;
  return outer || g.items.length === 1 ? parts : `(${parts})`;
}

function ofNode(n: Node, label: (name: string) => string): string {
  if (n.kind === "group") return ofGroup(n, label, false);
  if (n.kind === "raw") {
    const [, type = "", many = "", unit = ""] = lately.exec(n.text) ?? [];
    return type ? `Signal ${type.replaceAll("_", " ")} within the last ${span(`${many}${unit}`)}` : n.text;
  }
  const what = `${fromSource(n.op) ? `Source of ${label(n.field)}` : label(n.field)} ${words(n.op)}`;
  if (n.op === "any_of") return `${what} ${n.values.join(", ")}`;
  if (spans(n.op)) return `${what} ${span(n.value)}`;
  return needsValue(n.op) ? `${what} ${n.value}` : what;
}

const words = (op: keyof typeof opLabels) =>
  op === "from" ? "is" : op === "not_from" ? "is not" : op === "from_like" ? "contains" : opLabels[op];

/** 30d → 30 days. */
function span(of: string): string {
  const n = Number.parseInt(of, 10);
  const unit = units[of.slice(-1)];
  return unit && Number.isFinite(n) ? `${n} ${unit}${n === 1 ? "" : "s"}` : of;
}

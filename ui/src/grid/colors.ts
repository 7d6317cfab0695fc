import type { Schemas } from "../api/client";
import type { CellState } from "./cellState";
import type { ColorRule } from "./view";

type Field = Schemas["Field"];

/** The tints of cells, each with a mark of its own shape beside it: nothing is told by colour alone. */
export const tints: Record<ColorRule["tint"], { label: string; mark: string }> = {
  red: { label: "Red", mark: "▲" },
  orange: { label: "Orange", mark: "◆" },
  yellow: { label: "Yellow", mark: "●" },
  green: { label: "Green", mark: "✚" },
  blue: { label: "Blue", mark: "★" },
  purple: { label: "Purple", mark: "■" },
};

export const conditions: Record<ColorRule["is"], string> = {
  is: "is",
  contains: "contains",
  above: "is above",
  below: "is below",
  filled: "has a value",
  blank: "is blank",
  stale: "is older",
};

const ordered: ReadonlySet<Field["type"]> = new Set(["number", "currency", "date", "timestamp"]);

/** What a rule may ask of a field. */
export function conditionsOf(type: Field["type"] | undefined): ColorRule["is"][] {
  if (type === "boolean") return ["is", "filled", "blank", "stale"];
  if (type && ordered.has(type)) return ["is", "above", "below", "filled", "blank", "stale"];
  return ["is", "contains", "filled", "blank", "stale"];
}

export const wantsValue = (is: ColorRule["is"]) => is === "is" || is === "contains" || is === "above" || is === "below";

/** A rule that could hold: one without the value that it wants holds nowhere. */
export const whole = (r: ColorRule) => r.field !== "" && (!wantsValue(r.is) || (r.value ?? "").trim() !== "");

/** The first of a field's rules that holds for a cell. */
export function ruleFor(
  rules: readonly ColorRule[] | undefined,
  type: Field["type"],
  value: unknown,
  state: CellState | undefined,
): ColorRule | undefined {
  return rules?.find((r) => whole(r) && holds(r, type, value, state));
}

function holds(r: ColorRule, type: Field["type"], value: unknown, state: CellState | undefined): boolean {
  const blank = value === undefined || value === null;
  if (r.is === "blank") return blank;
  if (r.is === "stale") return state === "stale";
  if (blank) return false;
  if (r.is === "filled") return true;
  const wanted = (r.value ?? "").trim().toLowerCase();
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const held = text.toLowerCase();
  if (r.is === "contains") return held.includes(wanted);
  if (typeof value === "number") {
    const n = Number(wanted.replaceAll(",", ""));
    return r.is === "is" ? value === n : r.is === "above" ? value > n : value < n;
  }
  if (r.is === "above") return held > wanted; // days and times: as they are written
  if (r.is === "below") return held < wanted;
  if (typeof value === "boolean") return value === /^(true|yes|y|1)$/.test(wanted);
  if (type === "multi_select") return held.split(";").includes(wanted);
  if (type === "timestamp" && wanted.length === 10) return held.startsWith(wanted);
  return held === wanted;
}

/** A rule in words, as a screen reader and the pointer are told. */
export const ruleText = (r: ColorRule, label: string) =>
  `${tints[r.tint].label}: ${label} ${conditions[r.is]}${wantsValue(r.is) ? ` ${r.value}` : ""}`;

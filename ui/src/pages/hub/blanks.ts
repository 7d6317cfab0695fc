import type { Schemas } from "../../api/client";
import type { Part } from "../../ui/Bar";
import { grouped } from "../../ui/grouped";

type Field = Schemas["HubField"];

const stale = "light-dark(#9cc0b5, #36594f)";

/** Why a field is blank, in the order in which it is told. */
export const blanks: { key: keyof Field["blank"]; label: string; color: string }[] = [
  { key: "never_tried", label: "never tried", color: "transparent" },
  { key: "waiting", label: "waiting", color: "var(--fettle-running)" },
  { key: "not_found", label: "not found", color: "var(--fettle-missed)" },
  { key: "failed", label: "failed", color: "var(--fettle-failed)" },
  { key: "unknown", label: "may have been billed", color: "var(--fettle-unknown)" },
  { key: "skipped", label: "skipped", color: "light-dark(#d3cec7, #55504b)" },
  { key: "cleared", label: "cleared", color: "light-dark(#d9d4ce, #4a4642)" },
  { key: "taken_back", label: "taken back", color: "light-dark(#c9c2d6, #4b4657)" },
];

/** Why a field's blanks are blank, the most frequent first, and what of its values is doubtful. */
export function blankCauses(f: Field): { text: string; color: string }[] {
  const say = (n: number, label: string) => `${grouped(n)} ${label}`;
  const causes = blanks
    .filter((b) => f.blank[b.key] > 0)
    .sort((a, b) => f.blank[b.key] - f.blank[a.key])
    .map((b) => ({ text: say(f.blank[b.key], b.label), color: b.color }));
  if (f.stale > 0) causes.push({ text: say(f.stale, "stale"), color: stale });
  if (f.invalid > 0) causes.push({ text: say(f.invalid, "invalid"), color: "var(--fettle-failed)" });
  return causes;
}

/** Filled, stale among it, and then the blanks: they add up to the records. */
export function fillParts(f: Field): Part[] {
  return [
    { value: f.filled - f.stale, color: "var(--fettle-filled)", label: "filled" },
    { value: f.stale, color: stale, label: "filled, stale" },
    ...blanks
      .filter((b) => b.key !== "never_tried")
      .map((b) => ({ value: f.blank[b.key], color: b.color, label: b.label })),
  ];
}

import type { Entity, Schemas } from "../api/client";
import { plainWord, sides } from "../ui/signalWords";
import { ago } from "../ui/time";
import { both } from "../ui/where";
import type { GridRecord } from "./useRows";
import { valueText } from "./value";

// The column of signals stands among those of fields, and holds what happened
// to a record last. Its key is a reserved word: no field has it.

type Field = Schemas["Field"];

const key = "signals";

/** The column; nobody types into it. */
export const signalColumn = (entity: Entity): Field => ({
  entity,
  field: key,
  label: "Newest signal",
  type: "text",
  key: false,
  builtin: true,
  description: "What happened last, of what stands",
  position: 0,
});

export const isSignals = (field: string): boolean => field === key;

/** The records to which something happened lately. */
const lately = `signals.exists(s, within(s.at, "30d"))`;

/** A filter, narrowed to the records to which something happened lately. */
export const alsoLately = (where: string | undefined): string =>
  where?.includes(lately) ? where : both(where, lately);

/** What the newest signal of a record says: moved: CTO at a.com → CEO at b.com. */
export function signalText(s: Schemas["Signal"] | undefined): string {
  if (!s) return "";
  const [from, to] = sides(s);
  const what = plainWord(s.kind || s.type);
  return from || to ? `${what}: ${from || "not known"} → ${to || "not known"}` : what;
}

/** How long ago a signal was learned of. */
export const signalAge = (s: Schemas["Signal"]): string => ago(new Date(s.at).getTime(), Date.now());

/** A record's cell as text: what is copied, and its title. */
export function cellText(record: GridRecord | undefined, field: string): string {
  if (!isSignals(field)) return valueText(record?.values[field]);
  const s = record?.signal;
  return s ? `${s.sample ? "sample, " : ""}${signalText(s)} (${s.at.slice(0, 10)})` : "";
}

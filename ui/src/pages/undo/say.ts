import type { Schemas } from "../../api/client";
import type { ChangeSet } from "../../api/queries/undo";
import { count } from "../../ui/time";

export type Taken = Schemas["TakeBackView"];

/** What was taken back, or would be (`ahead`), in parts of a sentence. */
export function parts(v: Taken, ahead = false): string[] {
  const blank = v.blanked ?? 0;
  const verb = ahead ? "will be " : "";
  const is = (n: number) => (ahead ? "will be" : n === 1 ? "is" : "are");
  const of: [number | undefined, string, string][] = [
    [v.restored - blank, "value", "restored"],
    [v.recreated, "record", "brought back"],
    [v.deleted, "record", "deleted"],
    [v.unmerged, "merge", "taken apart"],
    [v.merged, "record", "merged again"],
  ];
  const left = v.left_count ? [count(v.left_count, "left as it is", "left as they are")] : [];
  const again = blank ? [`${count(blank, "value")} ${is(blank)} blank again`] : [];
  return [
    ...again,
    ...of.filter(([n]) => n).map(([n, what, done]) => `${count(n ?? 0, what)} ${verb}${done}`),
    ...left,
  ];
}

const nouns: Record<string, [string, string]> = { people: ["person", "people"], companies: ["company", "companies"] };

/** How much a change set changed: 462 values; 3 values of 3 people; 536 people. */
export function changed({ cells = 0, records = 0, entity }: Pick<ChangeSet, "cells" | "records" | "entity">): string {
  const of = records ? count(records, ...(nouns[entity] ?? ["record", "records"])) : "";
  if (!cells) return of;
  return `${count(cells, "value")}${of && ` of ${of}`}`;
}

/** What can be done about a line: which change set is taken, whether that does it again, and what it is called. */
export type Offer = { id: string; again: boolean; what: string };

export function offered(s: Pick<ChangeSet, "id" | "kind" | "what" | "of" | "broken" | "taken_back_by" | "cannot_be">) {
  const what = s.what.replace(/^undo of /, "").replace(/, done again$/, "");
  const undo = s.kind === "undo" && !s.what.endsWith(", done again");
  const offer = (id: string, again: boolean): Offer => ({ id, again, what });
  if (s.taken_back_by) return offer(s.taken_back_by, !undo);
  if (s.broken && s.of) return offer(s.of, !undo); // it goes on with it
  return s.cannot_be ? undefined : offer(s.id, undo);
}

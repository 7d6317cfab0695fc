import type { Schemas } from "../../api/client";

type Explanation = Schemas["Explanation"];

/**
 * The smallest parts of an explanation that decide it: where all of several
 * conditions must hold, those that do not; where one is enough, those that do;
 * what a "not" is about is looked into as well.
 */
export function deciding(e: Explanation): Explanation[] {
  const parts = e.clauses ?? [];
  if (parts.length === 0) return [e];
  const same = parts.filter((p) => p.true === e.true);
  return (same.length > 0 ? same : parts).flatMap(deciding);
}

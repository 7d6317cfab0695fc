import { useQuery } from "@tanstack/react-query";
import type { Entity } from "../../../api/client";
import { audiencesQuery, countWhereQuery } from "../../../api/queries/audiences";

export type OverlapCount = { a: number; b: number; both: number };

/** How many records two audiences (or unions) have, and share. */
export function useOverlap(entity: Entity, a: string[], b: string[]): OverlapCount | undefined {
  const known = useQuery(audiencesQuery).data?.items;
  const where = (names: string[]) => {
    const each = names.map((n) => known?.find((x) => x.name === n)?.where ?? "");
    return each.some((w) => w === "") ? "" : each.map((w) => `(${w})`).join(" || ");
  };
  const [wa, wb] = [where(a), where(b)];
  const both = [wa, wb]
    .filter(Boolean)
    .map((w) => `(${w})`)
    .join(" && ");
  const on = { enabled: Boolean(known) };
  const ca = useQuery({ ...countWhereQuery(entity, wa), ...on }).data?.count;
  const cb = useQuery({ ...countWhereQuery(entity, wb), ...on }).data?.count;
  const cab = useQuery({ ...countWhereQuery(entity, both), ...on }).data?.count;
  return ca === undefined || cb === undefined || cab === undefined ? undefined : { a: ca, b: cb, both: cab };
}

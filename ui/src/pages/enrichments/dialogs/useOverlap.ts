import { useQuery } from "@tanstack/react-query";
import type { Entity } from "../../../api/client";
import { audiencesQuery, countWhereQuery } from "../../../api/queries/audiences";
import { anyOf, both, bracketed } from "../../../ui/where";

export type OverlapCount = { a: number; b: number; both: number };

/** How many records two audiences (or unions) have, and share. */
export function useOverlap(entity: Entity, a: string[], b: string[]): OverlapCount | undefined {
  const known = useQuery(audiencesQuery).data?.items;
  const where = (names: string[]) => anyOf(names.map((n) => known?.find((x) => x.name === n)?.where ?? ""));
  const [wa, wb] = [where(a), where(b)];
  const shared = wb ? both(wa, bracketed(wb)) : wa;
  const on = { enabled: Boolean(known) };
  const ca = useQuery({ ...countWhereQuery(entity, wa), ...on }).data?.count;
  const cb = useQuery({ ...countWhereQuery(entity, wb), ...on }).data?.count;
  const cab = useQuery({ ...countWhereQuery(entity, shared), ...on }).data?.count;
  return ca === undefined || cb === undefined || cab === undefined ? undefined : { a: ca, b: cb, both: cab };
}

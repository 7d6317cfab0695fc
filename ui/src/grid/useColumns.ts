import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import type { Entity, Schemas } from "../api/client";
import { enrichmentsQuery } from "../api/queries/enrichments";
import { fillersOf, heldBy } from "./fillers";
import { columnsOf, type View } from "./view";

/**
 * The columns on screen with what holds their cells, and the enrichments that fill each field. The columns stay the same
 * objects while what is said of them does, so that a poll renders no row.
 */
export function useColumns(entity: Entity, fields: Schemas["Field"][], view: View) {
  const enrichments = useQuery(enrichmentsQuery).data?.items;
  const fillers = useMemo(() => fillersOf(entity, enrichments ?? []), [entity, enrichments]);
  const laid = useMemo(() => columnsOf(fields, view), [fields, view]);
  const held = laid.map((c) => heldBy(fillers.get(c.field.field) ?? []));
  const said = JSON.stringify(held);
  const latest = useRef(held);
  latest.current = held;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is held is in what is said of it
  const columns = useMemo(() => laid.map((c, i) => ({ ...c, held: latest.current[i] })), [laid, said]);
  return { columns, fillers };
}

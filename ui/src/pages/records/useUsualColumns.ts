import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { Entity, Schemas } from "../../api/client";
import { audienceQuery } from "../../api/queries/audiences";
import { hubQuery } from "../../api/queries/hub";
import { isSignals, signalColumn } from "../../grid/signal";
import { inOrder, usualOrder } from "../../grid/usual";

/** How long the columns wait for what is filled, in milliseconds. */
const patience = 1_000;

/**
 * The fields in their usual order. It is found once, when the page opens: a column does not move away
 * from under whoever reads it.
 */
export function useUsualColumns(
  entity: Entity,
  audience: string | undefined,
  fields: Schemas["Field"][] | undefined,
): Schemas["Field"][] | undefined {
  const of = audience ?? entity;
  const [found, setFound] = useState<{ of: string; order: string[] }>();
  const order = found?.of === of ? found.order : undefined;
  const hub = useQuery({ ...hubQuery({ entity }), enabled: order === undefined });
  const within = useQuery({ ...audienceQuery(audience ?? ""), enabled: audience !== undefined && order === undefined });
  const late = useLate(of);
  const ready = fields && (late || !(hub.isFetching || within.isFetching));
  useEffect(() => {
    if (order !== undefined || !ready) return;
    const used = hub.data?.records
      ? new Set(hub.data.fields.filter((f) => f.filled > 0 || f.fill_rest.length > 0).map((f) => f.field))
      : undefined;
    // The newest signal has its place before the first one happens: it comes while one looks.
    const all = fields.some((f) => isSignals(f.field)) ? fields : [...fields, signalColumn(entity)];
    setFound({ of, order: usualOrder(all, { used, where: within.data?.where }).map((f) => f.field) });
  }, [entity, of, order, ready, fields, hub.data, within.data]);
  return useMemo(() => (fields && order ? inOrder(fields, order) : undefined), [fields, order]);
}

/** Whether it has waited long enough. */
function useLate(of: string): boolean {
  const [late, setLate] = useState<string>();
  useEffect(() => {
    const timer = setTimeout(() => setLate(of), patience);
    return () => clearTimeout(timer);
  }, [of]);
  return late === of;
}

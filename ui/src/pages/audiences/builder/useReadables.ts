import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Entity } from "../../../api/client";
import { fieldsQuery } from "../../../api/queries/records";
import { type Readable, stamps } from "./tree";

/** What an expression over an entity may read: its fields, a person's company's, and its times. */
export function useReadables(entity: Entity) {
  const own = useQuery(fieldsQuery(entity)).data?.items;
  const company = useQuery({ ...fieldsQuery("companies"), enabled: entity === "people" }).data?.items;
  return useMemo(() => {
    const readables: Readable[] = [
      ...(own ?? []).map((f) => ({ name: f.field, label: f.label, type: f.type })),
      ...(entity === "people" ? (company ?? []) : []).map((f) => ({
        name: `company.${f.field}`,
        label: `Company: ${f.label}`,
        type: f.type,
      })),
      ...stamps,
    ];
    const byName = new Map(readables.map((r) => [r.name, r.type]));
    return { readables, types: (name: string) => byName.get(name), ready: own !== undefined };
  }, [own, company, entity]);
}

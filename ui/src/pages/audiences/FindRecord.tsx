import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Entity } from "../../api/client";
import { sampleQuery } from "../../api/queries/records";
import { valueText } from "../../grid/value";
import { Picker } from "../../ui/Picker";

type Props = { entity: Entity; id: string | null; onChange: (id: string | null) => void; label?: string };

/** Finds one record by what is typed of it. */
export function FindRecord({ entity, id, onChange, label }: Props) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 200);
  const companies = entity === "companies";
  const asked = useQuery({
    ...sampleQuery({ entity, search, fields: companies ? "name,domain" : "name,title" }, 20),
    placeholderData: keepPreviousData,
  });
  const found = asked.data;
  const options = (found?.items ?? []).map((r) => ({
    value: String(r.id),
    label: [r.values.name ?? `#${r.id}`, r.values.title ?? r.values.domain].filter(Boolean).map(valueText).join(" · "),
  }));
  return (
    <Picker
      label={label ?? (companies ? "Company" : "Person")}
      description="By name, email or domain"
      placeholder="Search…"
      clearable
      data={options}
      filter={({ options }) => options}
      looking={asked.isPlaceholderData || search !== typed}
      onSearch={setTyped}
      value={id}
      onChange={onChange}
      nothingFoundMessage="Nothing has that name"
    />
  );
}

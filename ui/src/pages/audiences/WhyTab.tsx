import { Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { sampleQuery } from "../../api/queries/records";
import { valueText } from "../../grid/value";
import { Picker } from "../../ui/Picker";
import { WhyMember } from "./Explain";

/** Asks of any record why it is in, or why not. */
export function WhyTab({ audience: a }: { audience: Schemas["AudienceView"] }) {
  const [typed, setTyped] = useState("");
  const [id, setId] = useState<string | null>(null);
  const [search] = useDebouncedValue(typed, 200);
  const companies = a.entity === "companies";
  const found = useQuery({
    ...sampleQuery({ entity: a.entity, search, fields: companies ? "name,domain" : "name,title" }, 20),
    placeholderData: keepPreviousData,
  }).data;
  const options = (found?.items ?? []).map((r) => ({
    value: String(r.id),
    label: [r.values.name ?? `#${r.id}`, r.values.title ?? r.values.domain].filter(Boolean).map(valueText).join(" · "),
  }));
  return (
    <Stack gap="md" maw={640}>
      <Picker
        label={companies ? "Company" : "Person"}
        description="By name, email or domain"
        placeholder="Search…"
        clearable
        data={options}
        filter={({ options }) => options}
        onSearch={setTyped}
        value={id}
        onChange={setId}
        nothingFoundMessage="Nothing has that name"
      />
      {id ? (
        <WhyMember audience={a.name} record={Number(id)} />
      ) : (
        <Text c="dimmed">Choose a record to see which conditions hold for it.</Text>
      )}
    </Stack>
  );
}

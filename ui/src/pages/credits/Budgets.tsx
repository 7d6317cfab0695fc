import { Button, Group, Pill, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { enrichmentsQuery } from "../../api/queries/enrichments";
import { budgetsQuery, useBudgetMembers } from "../../api/queries/money";
import { ErrorNote } from "../../ui/ErrorNote";
import { May, useWhyNot } from "../../ui/Permitted";
import { Picker } from "../../ui/Picker";

/** What counts in each budget: what is put in counts from then on; an admin alone takes out. */
export function Budgets() {
  const { data, error, refetch } = useQuery(budgetsQuery);
  const items = data?.items ?? [];
  if (!error && items.length === 0) return null;
  return (
    <Stack gap="sm">
      <Text fw={600} component="h2">
        What counts in each budget
      </Text>
      <ErrorNote error={error} retry={refetch} />
      {items.map((b) => (
        <Budget key={b.name} of={b} />
      ))}
    </Stack>
  );
}

function Budget({ of }: { of: Schemas["BudgetView"] }) {
  const change = useBudgetMembers();
  const list = useQuery(enrichmentsQuery).data?.items ?? [];
  const mayNot = Boolean(useWhyNot("rule"));
  const [person, setPerson] = useState("");
  const free = list.filter((e) => !of.enrichments.includes(e.name)).map((e) => e.name);
  return (
    <section className="panel" style={{ padding: 16 }} aria-label={`Budget ${of.name}`}>
      <Stack gap="xs">
        <Text fw={600}>{of.name}</Text>
        <Group gap={6}>
          {of.enrichments.length + of.people.length === 0 && <Text c="dimmed">Nothing counts in it yet.</Text>}
          {of.enrichments.map((e) => (
            <Pill
              key={e}
              withRemoveButton={!mayNot}
              removeButtonProps={{ "aria-label": `Take ${e} out` }}
              onRemove={() => change.mutate({ name: of.name, out: true, enrichments: [e] })}
            >
              {e}
            </Pill>
          ))}
          {of.people.map((p) => (
            <Pill
              key={p}
              withRemoveButton={!mayNot}
              removeButtonProps={{ "aria-label": `Take ${p} out` }}
              onRemove={() => change.mutate({ name: of.name, out: true, people: [p] })}
            >
              {p}
            </Pill>
          ))}
        </Group>
        <Group align="flex-end" gap="xs">
          <Picker
            label="Put an enrichment in"
            w={220}
            data={free}
            value={null}
            onChange={(v) => v && change.mutate({ name: of.name, enrichments: [v] })}
          />
          <TextInput
            label="Or a person or token"
            w={220}
            value={person}
            onChange={(e) => setPerson(e.currentTarget.value)}
          />
          <May to="rule">
            <Button
              variant="default"
              disabled={!person.trim()}
              loading={change.isPending}
              onClick={() =>
                change.mutate({ name: of.name, people: [person.trim()] }, { onSuccess: () => setPerson("") })
              }
            >
              Put in
            </Button>
          </May>
        </Group>
        <ErrorNote error={change.error} />
      </Stack>
    </section>
  );
}

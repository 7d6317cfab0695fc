import { Button, Group, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { pilotsQuery, useSetPilots } from "../../api/queries/money";
import { ErrorNote } from "../../ui/ErrorNote";
import { May } from "../../ui/Permitted";
import { creditsError, recordsError } from "../enrichments/dialogs/limitInput";

/** What the pilots of each person who may not spend may buy a day. */
export function PilotAllowance() {
  const { data, error, refetch } = useQuery(pilotsQuery);
  return (
    <section>
      <Text fw={600} component="h2" mb={4}>
        Trial runs for people who may not spend
      </Text>
      <Text mb="xs">
        Each of them may try enrichments on real records, up to this much a day (UTC). Anything else needs someone who
        may spend.
      </Text>
      <ErrorNote error={error} retry={refetch} />
      {data && <Form key={`${data.rows}-${data.credits}`} of={data} />}
    </section>
  );
}

function Form({ of }: { of: Schemas["PilotAllowanceView"] }) {
  const set = useSetPilots();
  const [rows, setRows] = useState(String(of.rows));
  const [credits, setCredits] = useState(of.credits);
  const wrongRows = rows.trim() === "" ? "Write a number of rows, 0 for none." : recordsError(rows);
  const wrongCredits = credits.trim() === "" ? "Write a number of credits, 0 for none." : creditsError(credits);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (!wrongRows && !wrongCredits) set.mutate({ rows: Number(rows), credits });
      }}
    >
      <Group align="flex-start" gap="sm">
        <TextInput
          label="Rows a day"
          value={rows}
          error={wrongRows}
          onChange={(e) => setRows(e.currentTarget.value)}
          w={120}
        />
        <TextInput
          label="Credits a day"
          value={credits}
          error={wrongCredits}
          onChange={(e) => setCredits(e.currentTarget.value)}
          w={120}
        />
        <May to="rule">
          <Button type="submit" variant="default" mt={20} loading={set.isPending}>
            Set
          </Button>
        </May>
      </Group>
      <ErrorNote error={set.error} />
    </form>
  );
}

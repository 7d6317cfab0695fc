import { Anchor, Button, Checkbox, Group, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../../../api/client";
import { useSetEnrichmentLimit } from "../../../api/queries/enrichments";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useCreditUSD } from "../../../ui/MoneyText";
import { creditsText, formatCredits } from "../../../ui/money";
import { May, WhyNot } from "../../../ui/Permitted";
import { count } from "../../../ui/time";
import { enoughFor } from "./enough";
import { LimitWords } from "./LimitWords";

type Per = "lifetime" | "day" | "month" | "run";
export const periods = [
  { value: "lifetime", label: "over its whole life" },
  { value: "day", label: "a day (UTC)" },
  { value: "month", label: "a month (UTC)" },
  { value: "run", label: "a run" },
];

type Props = { of: Schemas["EnrichmentView"]; estimate?: Schemas["Estimate"]; onDone?: () => void };

/** Sets an enrichment's limit; what is typed is shown in credits, money and rows. */
export function LimitForm({ of, estimate, onDone }: Props) {
  const set = useSetEnrichmentLimit();
  const [credits, setCredits] = useState(of.limit?.credits ?? "");
  const [records, setRecords] = useState<number | string>(of.limit?.records ?? "");
  const [per, setPer] = useState<Per>((of.limit?.per as Per) ?? "lifetime");
  const [none, setNone] = useState(of.limit?.none ?? false);
  const usd = useCreditUSD();
  const stopped = of.state === "paused" && (of.pause_reason === "limit" || of.pause_reason === "balance");
  const enough = enoughFor(of, estimate?.per_row_credits, per);
  const empty = !none && !credits.trim() && records === "";
  const save = (resume: boolean) =>
    set.mutate(
      none
        ? { name: of.name, none: true, resume }
        : {
            name: of.name,
            credits: credits.trim() || undefined,
            records: records === "" ? undefined : Number(records),
            per,
            resume,
          },
      { onSuccess: onDone },
    );
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (!empty) save(false);
      }}
    >
      <Stack gap="xs">
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Credits"
            w={110}
            disabled={none}
            inputMode="decimal"
            value={none ? "" : credits}
            onChange={(e) => setCredits(e.currentTarget.value)}
            placeholder="1000"
          />
          <NumberInput
            label="Records"
            w={110}
            min={1}
            disabled={none}
            value={none ? "" : records}
            onChange={setRecords}
            placeholder="any"
            hideControls
          />
          <Select
            label="Counted"
            w={170}
            data={periods}
            value={per}
            onChange={(v) => setPer((v as Per) ?? "lifetime")}
            disabled={none}
            allowDeselect={false}
          />
        </Group>
        <LimitWords credits={none ? "" : credits} per={per} usd={usd} of={of} perRow={estimate?.per_row_credits} />
        {!none && enough && enough !== credits && (
          <Text size="xs">
            {creditsText(enough)} in all are enough for the {count(of.remaining_rows, "row")} left to do.{" "}
            <Anchor component="button" type="button" size="xs" onClick={() => setCredits(enough)}>
              Set {formatCredits(enough)}
            </Anchor>
          </Text>
        )}
        <Checkbox
          label="No limit: it may spend whatever its rows cost"
          checked={none}
          onChange={(e) => setNone(e.currentTarget.checked)}
        />
        <ErrorNote error={set.error} />
        <Group gap="xs">
          <May to="spend">
            <Button type="submit" variant={stopped ? "default" : "filled"} disabled={empty} loading={set.isPending}>
              {of.limit ? "Set the limit" : "Set this limit"}
            </Button>
          </May>
          {stopped && (
            <May to="spend">
              <Button disabled={empty} loading={set.isPending} onClick={() => save(true)}>
                Raise and resume
              </Button>
            </May>
          )}
          <WhyNot to="spend" />
        </Group>
        {stopped && (
          <Text size="xs" c="dimmed">
            Resuming goes on from the same row, within the new limit.
          </Text>
        )}
      </Stack>
    </form>
  );
}

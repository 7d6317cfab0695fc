import { SegmentedControl, Skeleton, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { spendDaysQuery } from "../../api/queries/money";
import { Columns } from "../../ui/chart/Columns";
import { Figure } from "../../ui/chart/Figure";
import { ErrorNote } from "../../ui/ErrorNote";
import { useEnrichmentLabel } from "../../ui/labels";
import { creditsText, formatCredits, fromMicro } from "../../ui/money";
import { useAllMadeUp } from "./MadeUp";
import { stackOf } from "./stack";

/** Credits a day, stacked by enrichment. */
export default function SpendStack() {
  const [days, setDays] = useState(30);
  const { data, error, refetch } = useQuery({ ...spendDaysQuery(days), placeholderData: keepPreviousData });
  const called = useEnrichmentLabel();
  const allMadeUp = useAllMadeUp();
  if (error) return <ErrorNote error={error} retry={refetch} />;
  if (!data) return <Skeleton h={260} />;
  const { columns, series, table } = stackOf(data, (name) => `${called(name)}${allMadeUp(name) ? " (simulated)" : ""}`);
  const unit = (n: number) => creditsText(n.toFixed(6));
  return (
    <Figure
      title="Credits over time, by enrichment"
      legend={series.map((s, i) => ({ label: s.label, kind: i, note: formatCredits(fromMicro(s.micro)) }))}
      table={table}
      says={`${creditsText(data.total_credits)} from ${data.from} to ${data.to}, days of UTC; a call counts on the day on which it left.`}
    >
      <SegmentedControl
        aria-label="How far back"
        mb="xs"
        data={[7, 30, 90].map((n) => ({ value: String(n), label: `${n} days` }))}
        value={String(days)}
        onChange={(v) => setDays(Number(v))}
      />
      {series.length === 0 ? (
        <Text c="dimmed" py="md">
          Nothing was spent in these days.
        </Text>
      ) : (
        <Columns
          label={`Credits over time, by enrichment: ${creditsText(data.total_credits)}`}
          of={columns}
          parts={series.map((s, i) => ({ label: s.label, kind: i }))}
          unit={unit}
          height={230}
        />
      )}
    </Figure>
  );
}

import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../../api/client";
import { progressQuery } from "../../../api/queries/runs";
import { ErrorNote } from "../../../ui/ErrorNote";
import { DueWeeks } from "../DueWeeks";
import { Facts, RowsSoFar } from "../Overview";
import { ScheduleNote } from "../ScheduleNote";
import { StaleNote } from "../StaleNote";
import { WhyFast } from "../WhyFast";
import { LatestRows } from "./LatestRows";
import { NextUp } from "./NextUp";
import classes from "./overview.module.css";
import { RowsOverTime } from "./RowsOverTime";
import { SpendReach } from "./SpendReach";
import { StepsFunnel } from "./StepsFunnel";

/** How an enrichment stands, in pictures: what it did and found, what it spends, what is next. */
export default function OverviewTab({ of }: { of: Schemas["EnrichmentView"] }) {
  const { data, error, refetch, isPending } = useQuery(progressQuery(of.name));
  const ran = Boolean(data && (data.done_rows > 0 || of.run_id));
  return (
    <Stack gap="lg">
      <ScheduleNote of={of} />
      {(of.state !== "draft" || of.run_id || (data?.done_rows ?? 0) > 0) && <RowsSoFar of={of} />}
      {error && <ErrorNote error={error} retry={refetch} />}
      <div className={classes.pair}>
        {data && ran && (data.done_rows > 0 ? <RowsOverTime of={of} progress={data} /> : null)}
        {data && ran && <SpendReach of={of} progress={data} />}
        {!ran && !(isPending && of.run_id) && <NextUp of={of} />}
      </div>
      {data && ran && <StepsFunnel progress={data} />}
      {data && ran && (
        <div className={classes.pair}>
          <LatestRows of={of} rows={data.latest ?? []} />
          <Stack gap="md">
            <NextUp of={of} />
            <Facts of={of} />
            <WhyFast of={of} />
          </Stack>
        </div>
      )}
      <StaleNote of={of} />
      <DueWeeks name={of.name} />
    </Stack>
  );
}

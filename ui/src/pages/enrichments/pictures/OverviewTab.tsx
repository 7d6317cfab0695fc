import { Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Schemas } from "../../../api/client";
import { forecastsQuery } from "../../../api/queries/money";
import { progressQuery } from "../../../api/queries/runs";
import { ErrorNote } from "../../../ui/ErrorNote";
import { begun } from "../begun";
import { DueWeeks } from "../DueWeeks";
import { HeldNote } from "../HeldNote";
import { Facts, RowsSoFar } from "../Overview";
import { doneRows } from "../outcomes";
import { ScheduleNote } from "../ScheduleNote";
import { StaleNote } from "../StaleNote";
import { WhyFast } from "../WhyFast";
import { LatestRows } from "./LatestRows";
import { NextUp } from "./NextUp";
import classes from "./overview.module.css";
import { RowsOverTime } from "./RowsOverTime";
import { SpendReach } from "./SpendReach";
import { StepsFunnel } from "./StepsFunnel";

/** Where it comes to rest, the pictures are read again at once: they are never behind the numbers above them. */
function useTogether(of: Schemas["EnrichmentView"]) {
  const queries = useQueryClient();
  const { name } = of;
  const rests = of.state === "live" ? of.remaining_rows === 0 && of.in_flight === 0 : !of.piloting;
  const stands = rests ? `${of.state} ${doneRows(of.rows)} ${of.rows.found} ${of.spent_credits}` : undefined;
  useEffect(() => {
    if (!stands) return;
    void queries.invalidateQueries({ queryKey: progressQuery(name).queryKey });
    void queries.invalidateQueries({ queryKey: forecastsQuery.queryKey });
  }, [stands, name, queries]);
}

/** How an enrichment stands, in pictures: what it did and found, what it spends, what is next. */
export default function OverviewTab({ of }: { of: Schemas["EnrichmentView"] }) {
  const { data, error, refetch, isPending } = useQuery(progressQuery(of.name));
  const ran = Boolean(data && (data.done_rows > 0 || begun(of)));
  useTogether(of);
  return (
    <Stack gap="lg">
      <ScheduleNote of={of} />
      {(begun(of) || (data?.done_rows ?? 0) > 0) && <RowsSoFar of={of} />}
      {error && <ErrorNote error={error} retry={refetch} />}
      <div className={classes.pair}>
        {data && ran && (data.done_rows > 0 ? <RowsOverTime of={of} progress={data} /> : null)}
        {data && ran && <SpendReach of={of} progress={data} />}
        {!ran && !(isPending && begun(of)) && <NextUp of={of} />}
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
      <HeldNote name={of.name} />
      <StaleNote of={of} />
      <DueWeeks name={of.name} />
    </Stack>
  );
}

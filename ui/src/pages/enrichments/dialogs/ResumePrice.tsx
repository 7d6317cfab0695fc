import { Text } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { grouped } from "../../../ui/grouped";
import { creditsText, formatMoney } from "../../../ui/money";
import { count } from "../../../ui/time";
import { atMost, rowsAtMost } from "../price/atMost";

type Props = { of: Schemas["EnrichmentView"]; estimate: Schemas["Estimate"]; full: boolean; usd: string };

/** What going on would buy within the limit that is typed, and what is new since it stopped. */
export function ResumePrice({ of, estimate, full, usd }: Props) {
  if (full) return <Text c="red">This limit leaves no room: {used(of.limit)}. Raise it to go on.</Text>;
  const rows = rowsAtMost(estimate);
  const most = atMost(estimate);
  const more = estimate.to_run - of.remaining_rows;
  return (
    <Text className="tabular">
      Resuming buys {rows < estimate.to_run ? `up to ${grouped(rows)} of ` : ""}
      {count(estimate.to_run, "row")}, at most {creditsText(most)} ({formatMoney(most, usd)}).
      {more > 0 && ` ${grouped(more)} of them are new since it stopped.`}
    </Text>
  );
}

/** "50 of 200 credits and 50 of 50 records are used". */
function used(limit: Schemas["LimitView"] | null | undefined): string {
  const parts = [
    limit?.used_credits ? creditsText(limit.used_credits) : "",
    limit?.records != null ? count(limit.used_records, "record") : "",
  ].filter(Boolean);
  return parts.length ? `${parts.join(" and ")} are used` : "another limit is reached";
}

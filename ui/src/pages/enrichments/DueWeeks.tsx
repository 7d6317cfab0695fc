import { useQuery } from "@tanstack/react-query";
import { dueQuery } from "../../api/queries/runs";
import { Columns } from "../../ui/chart/Columns";
import { Figure } from "../../ui/chart/Figure";
import { ErrorNote } from "../../ui/ErrorNote";
import { Money } from "../../ui/MoneyText";
import { creditsText, formatCredits } from "../../ui/money";
import { count } from "../../ui/time";

const day = (at: string) =>
  new Date(at).toLocaleDateString("en-US", { day: "numeric", month: "short", timeZone: "UTC" });

/** How many rows come due by themselves in each of the next weeks, at today's price. */
export function DueWeeks({ name }: { name: string }) {
  const { data, error, refetch } = useQuery(dueQuery(name));
  if (error) return <ErrorNote error={error} retry={refetch} />;
  if (!data) return null;
  const weeks = data.weeks ?? [];
  const rows = weeks.reduce((sum, w) => sum + w.rows, 0);
  const says = (data.assumptions ?? []).map((a) => <div key={a}>{a}</div>);
  const title = "Comes due in the next twelve weeks";
  if (rows === 0) {
    return (
      <Figure title={title} says={says}>
        No row comes due by itself.
      </Figure>
    );
  }
  return (
    <Figure
      title={title}
      says={
        <>
          <div>
            {count(rows, "row")}, at <Money credits={data.per_row_credits} /> a row, today's price.
            {data.overdue_rows > 0 && ` Of the first week, the time of ${count(data.overdue_rows, "row")} has passed.`}
            {data.paused && " It is not live: nothing is asked before it is."}
          </div>
          {says}
        </>
      }
      table={{
        head: ["Week from", "Rows due", "Credits"],
        rows: weeks.map((w) => [day(w.from), w.rows, formatCredits(w.expected_credits)]),
      }}
    >
      <Columns
        label={`${title}: ${count(rows, "row")}`}
        of={weeks.map((w) => ({
          label: day(w.from),
          long: `Week from ${day(w.from)}, ${creditsText(w.expected_credits)}`,
          parts: [w.rows],
        }))}
        parts={[{ label: "rows due", kind: 2 }]}
        unit={(n) => count(n, "row")}
        height={150}
      />
    </Figure>
  );
}

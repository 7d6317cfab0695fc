import type { Schemas } from "../../../api/client";
import { Columns } from "../../../ui/chart/Columns";
import { Figure } from "../../../ui/chart/Figure";
import { lasting, stretch, stretches, when } from "../../../ui/chart/scale";
import { grouped } from "../../../ui/grouped";
import { count } from "../../../ui/time";
import { doneRows } from "../outcomes";

type Progress = Schemas["EnrichmentProgress"];

/** How many rows ended in each stretch of time, and how many of them found something. */
export function RowsOverTime({ of, progress }: { of: Schemas["EnrichmentView"]; progress: Progress }) {
  const length = 1000 * progress.bucket_seconds;
  const points = new Map((progress.points ?? []).map((p) => [Date.parse(p.at), p]));
  const all = stretches([...points.keys()], length);
  const columns = all.map((at) => {
    const p = points.get(at);
    const [rows, found, reused] = [p?.rows ?? 0, p?.found ?? 0, p?.reused ?? 0];
    const parts = [found, reused, rows - found - reused];
    return { label: when(at, length, all.length * length), long: stretch(at, length), parts };
  });
  const [found = 0, reused = 0, otherwise = 0] = [0, 1, 2].map((i) =>
    columns.reduce((n, c) => n + (c.parts[i] ?? 0), 0),
  );
  const gone = progress.done_rows - doneRows(of.rows);
  return (
    <Figure
      title="Rows done over time"
      legend={[
        { label: "found", kind: 0, note: grouped(found) },
        { label: "reused, free", kind: 2, note: grouped(reused) },
        { label: "ended otherwise", kind: 7, note: grouped(otherwise) },
      ]}
      says={
        <>
          {count(progress.done_rows, "row")} in columns of {lasting(length)}; a row that ran again counts where it ended
          last.
          {gone > 0 && of.departed_rows ? ` ${count(gone, "row")} of them left the audience since.` : ""}
        </>
      }
      table={{
        head: ["From", "Found", "Reused", "Otherwise", "Rows"],
        rows: columns
          .filter((c) => c.parts.some((n) => n > 0))
          .map((c) => [c.long, ...c.parts, c.parts.reduce((a, b) => a + b, 0)]),
        foot: ["All", found, reused, otherwise, progress.done_rows],
      }}
    >
      <Columns
        label={`Rows done over time: ${count(progress.done_rows, "row")}, ${grouped(found)} found, ${grouped(reused)} reused`}
        of={columns}
        parts={[
          { label: "found", kind: 0 },
          { label: "reused, free", kind: 2 },
          { label: "ended otherwise", kind: 7 },
        ]}
        unit={(n) => count(n, "row")}
      />
    </Figure>
  );
}

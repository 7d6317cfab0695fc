import { Skeleton, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type RowsOf, reasonsQuery } from "../../api/queries/enrichments";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { count, readable } from "../../ui/time";
import classes from "./Rows.module.css";

type Props = {
  name: string;
  of: RowsOf;
  /** How many rows there are of it. */
  rows: number;
  chosen: string | undefined;
  onChoose: (reason: string | undefined) => void;
};

/** Why rows are where they are: what was said of them, the most frequent first. A click shows those rows alone. */
export function Reasons({ name, of, rows, chosen, onChoose }: Props) {
  const { data, error } = useQuery(reasonsQuery(name, of));
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Skeleton h={38} />;
  const items = data.items ?? [];
  const rest = rows - items.reduce((n, r) => n + r.rows, 0);
  return (
    <section className={`panel ${classes.reasons}`} aria-label="By cause">
      {items.map((r) => (
        <UnstyledButton
          key={r.detail}
          disabled={r.detail === ""}
          aria-pressed={r.detail === chosen}
          data-active={r.detail === chosen || undefined}
          title={r.detail === chosen ? "Show all of them" : "Show these alone"}
          onClick={() => onChoose(r.detail === chosen ? undefined : r.detail)}
        >
          <span className="tabular">{grouped(r.rows)}</span>
          <span>{readable(r.detail) || "No reason given."}</span>
        </UnstyledButton>
      ))}
      {rest > 0 && (
        <Text size="xs" c="dimmed">
          And {count(rest, "row")} of which other things were said.
        </Text>
      )}
    </section>
  );
}

import { List } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/grouped";

const shown = 10;
const count = (n: number) => grouped(n);

/** The values that fields with a list of their own did not know. */
export function NewValues({ of }: { of: Schemas["ImportView"] }) {
  const news = of.new_values ?? [];
  if (news.length === 0) return null;
  return (
    <List size="sm" aria-label="Values that a field does not know">
      {news.map((n) => (
        <List.Item key={n.field}>
          <strong>{n.field}</strong> {n.created ? "gets new values" : "does not know"}:{" "}
          {(n.values ?? [])
            .slice(0, shown)
            .map((v) => (n.created ? v.value : `${v.value} (${count(v.rows)})`))
            .join(", ")}
          {(n.values ?? []).length > shown && ` and ${count((n.values ?? []).length - shown)} more`}
          {!n.created && ". They are kept, and marked."}
        </List.Item>
      ))}
    </List>
  );
}

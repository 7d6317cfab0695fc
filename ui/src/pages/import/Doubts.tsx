import { Alert, List } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/grouped";

type View = Schemas["ImportView"];

/** The types whose format is checked, as one speaks of their values. */
const formats: Record<string, string> = {
  email: "email addresses",
  url: "web addresses",
  phone: "phone numbers",
  domain: "domains",
  linkedin: "LinkedIn addresses",
  country: "countries",
};

const count = (n: number) => grouped(n);

/** What would be imported and is likely not meant, beside the button that does it. */
export function Doubts({ of }: { of: View }) {
  const rows = of.read - of.rejected;
  const unknown = of.unidentified ?? 0;
  const invalid = of.invalid ?? [];
  const notes = (of.notes ?? []).filter((n) => n.kind !== "encoding" && n.kind !== "title");
  if (unknown === 0 && invalid.length === 0 && notes.length === 0) return null;
  return (
    <Alert color="yellow" icon={<IconAlertTriangle size={16} />} title="Is this meant?" role="region">
      <List size="sm" spacing={6}>
        {notes.map((n) => (
          <List.Item key={`${n.kind} ${n.column ?? ""}`}>
            {n.line ? `Line ${n.line}: ` : ""}
            {n.text}
            {n.count > 1 ? ` (${count(n.count)} in all)` : ""}
          </List.Item>
        ))}
        {unknown > 0 && (
          <List.Item>
            Nothing identifies{" "}
            {unknown === rows ? `these ${of.entity}` : `${count(unknown)} of these ${count(rows)} rows`}: each row that
            is not the same in everything becomes a new record. Go back and put a column of ids into External ID, or
            import them once only.
          </List.Item>
        )}
        {invalid.map((c) => (
          <List.Item key={c.column}>
            {count(c.invalid)} of {count(c.values)} values of <strong>{c.column}</strong> are no{" "}
            {formats[c.type] ?? c.type}, such as “{c.example}”.{" "}
            {c.invalid * 2 > c.values
              ? "Go back and put the column into another field, or leave it out."
              : "They are imported and marked, and identify nothing."}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

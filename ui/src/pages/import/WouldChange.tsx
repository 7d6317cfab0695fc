import { List, Table, Text, Title } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/grouped";
import { Money } from "../../ui/MoneyText";
import { inWords } from "./key";

type View = Schemas["ImportView"];

const count = (n: number) => grouped(n);
const shown = (v: unknown) =>
  v === null || v === undefined ? "blank" : typeof v === "object" ? JSON.stringify(v) : String(v);

/** What a dry run would change: old and new values, pairs that stay apart, and what live enrichments would do. */
export function WouldChange({ of }: { of: View }) {
  const fields = of.field_changes ?? [];
  const changes = of.changes ?? [];
  const pairs = of.would_conflict ?? [];
  const run = of.would_run ?? [];
  return (
    <>
      {changes.length > 0 && (
        <section>
          <Title order={2} mb={6}>
            {count(of.updated)} {of.updated === 1 ? "record" : "records"} would change
          </Title>
          <Text c="dimmed" mb={6}>
            {fields.map((f) => `${f.field}: ${parts(f).join(", ")}`).join("; ")}
          </Text>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
          <section className="panel scroll-x" tabIndex={0} aria-label="What would change">
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w={80}>Line</Table.Th>
                  <Table.Th>Record</Table.Th>
                  <Table.Th>Field</Table.Th>
                  <Table.Th>Now</Table.Th>
                  <Table.Th>Then</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {changes.slice(0, 20).flatMap((c) =>
                  (c.changes ?? []).map((x, i) => (
                    <Table.Tr key={`${c.record_id} ${c.line} ${x.field}`}>
                      <Table.Td className="tabular">{i === 0 ? c.line || "" : ""}</Table.Td>
                      <Table.Td>{i === 0 ? c.name || `#${c.record_id}` : ""}</Table.Td>
                      <Table.Td>{x.field}</Table.Td>
                      <Table.Td c="dimmed">{shown(x.old)}</Table.Td>
                      <Table.Td>{shown(x.new)}</Table.Td>
                    </Table.Tr>
                  )),
                )}
              </Table.Tbody>
            </Table>
          </section>
          {of.updated > 20 && (
            <Text c="dimmed" size="xs" mt={4}>
              The first 20 records.
            </Text>
          )}
        </section>
      )}
      {pairs.length > 0 && (
        <section>
          <Title order={2} mb={6}>
            {count(of.conflicts)} {of.conflicts === 1 ? "pair" : "pairs"} would stay apart, to be looked at
          </Title>
          <List size="sm" aria-label="Pairs that would stay apart">
            {pairs.slice(0, 10).map((p) => (
              <List.Item key={`${p.record_id} ${p.other_id} ${p.key}`}>
                {p.name || (p.record_id < 0 ? "a new record" : `#${p.record_id}`)} and {p.other || `#${p.other_id}`}{" "}
                share {inWords(p.key)}
              </List.Item>
            ))}
          </List>
        </section>
      )}
      {run.length > 0 && (
        <section>
          <Title order={2} mb={6}>
            Live enrichments would follow
          </Title>
          <List size="sm" aria-label="What would run">
            {run.map((q) => (
              <List.Item key={q.enrichment}>
                <strong>{q.enrichment}</strong>: {count(q.rows)} {q.rows === 1 ? "row" : "rows"}, {count(q.to_buy)} to
                buy, at most <Money credits={q.high_credits} />
              </List.Item>
            ))}
          </List>
        </section>
      )}
    </>
  );
}

function parts(f: Schemas["FieldChanges"]): string[] {
  return [
    f.replaced > 0 && `${count(f.replaced)} replaced`,
    f.filled > 0 && `${count(f.filled)} filled`,
    f.cleared > 0 && `${count(f.cleared)} cleared`,
  ].filter((p) => p !== false);
}

import { Table, Title } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/grouped";
import { useFieldLabel } from "../../ui/labels";

const count = (n: number) => grouped(n);

/** What is no loss: the value is in the table by another row, or stands for a blank. */
const harmless = ["on the record of another row", "counted as blank"];

/** How many columns arrive, and in how many of them values do not. */
export function arrival(fields: Schemas["ReceiptField"][], future: boolean): string {
  const short = fields.filter((f) =>
    f.differs?.length ? f.differs.some((d) => !harmless.includes(d.reason)) : f.file !== f.table,
  ).length;
  if (fields.length === 1)
    return `The one column ${future ? "would arrive" : "has arrived"}${short ? ", without some of its values" : ""}`;
  const all = `All ${count(fields.length)} columns ${future ? "would arrive" : "have arrived"}`;
  return short === 0 ? all : `${all}, ${count(short)} of them without some values`;
}

/** Each field beside the column that it came from: how much of it is in the table, and why that is less. */
export function Receipt({ of }: { of: Schemas["ImportView"] }) {
  const fields = of.receipt ?? [];
  const known = useFieldLabel(of.entity);
  const made = new Map(of.new_fields?.map((f) => [f.field, f.label])); // before they are made, too
  const label = (field: string) => made.get(field) ?? known(field);
  const differs = fields.some((f) => f.differs?.length);
  if (fields.length === 0 || of.read === 0) return null;
  return (
    <section>
      <Title order={2} mb={6}>
        {arrival(fields, of.dry_run ?? false)}
      </Title>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="panel scroll-x" tabIndex={0} aria-label="Receipt">
        <Table className="stack">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Column</Table.Th>
              <Table.Th>Field</Table.Th>
              <Table.Th ta="right">Filled in the file</Table.Th>
              <Table.Th ta="right">In the table</Table.Th>
              {differs && <Table.Th>Differences</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fields.map((f) => (
              <Table.Tr key={f.field}>
                <Table.Td data-rest>{f.column}</Table.Td>
                <Table.Td>{label(f.field)}</Table.Td>
                <Table.Td ta="right" className="tabular" data-label="Filled in the file">
                  {count(f.file)}
                </Table.Td>
                <Table.Td ta="right" className="tabular" data-label="In the table">
                  {count(f.table)}
                </Table.Td>
                {differs && (
                  <Table.Td data-label={f.differs?.length ? "Differences" : undefined}>
                    {(f.differs ?? []).map((d) => `${count(d.rows)} ${d.reason}`).join(", ")}
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </section>
  );
}

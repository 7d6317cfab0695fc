import { Badge, Table, Text, Title } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/grouped";
import { inWords } from "./key";

const shown = 50;

/** The rows that did not become records of their own, those whose names differ first. */
export function Merges({ of }: { of: Schemas["ImportView"] }) {
  if (of.merged === 0) return null;
  const list = [...(of.merges ?? [])].sort(
    (a, b) => Number(b.names_differ) - Number(a.names_differ) || a.line - b.line,
  );
  return (
    <section>
      <Title order={2} mb={6}>
        {grouped(of.merged)} {of.merged === 1 ? "row is" : "rows are"} on the record of another
      </Title>
      <div className="panel scroll-x">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={80}>Line</Table.Th>
              <Table.Th w={220}>Together with</Table.Th>
              <Table.Th>By</Table.Th>
              <Table.Th w={140} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.slice(0, shown).map((m) => (
              <Table.Tr key={m.line}>
                <Table.Td className="tabular">{m.line}</Table.Td>
                <Table.Td>
                  {m.with_line ? `line ${m.with_line}` : `records #${m.record_id} and #${m.other_id}`}
                </Table.Td>
                <Table.Td>{inWords(m.key)}</Table.Td>
                <Table.Td>{m.names_differ && <Badge color="orange">names differ</Badge>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {of.merged > shown && (
        <Text c="dimmed" size="xs" mt={4}>
          {shown} of them; those whose names differ come first.
        </Text>
      )}
    </section>
  );
}

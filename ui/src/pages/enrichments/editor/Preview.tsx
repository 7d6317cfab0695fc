import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { sampleQuery } from "../../../api/queries/records";
import { text } from "../Pilot";
import type { Known } from "./known";

/** What the inputs are on three real records. Fields are read; other expressions are shown when ten rows run. */
export function Preview({ of, entity, audience }: Known & { of: Record<string, string> }) {
  const [first] = audience;
  const records = useQuery({ ...sampleQuery(first ? { audience: first } : { entity }, 3) }).data;
  const names = Object.keys(of);
  if (!records || names.length === 0 || (records.items ?? []).length === 0) return null;
  const fields = new Set((records.fields ?? []).map((f) => f.field));
  return (
    <div className="scroll-x">
      <Table fz="xs" verticalSpacing={3}>
        <Table.Thead>
          <Table.Tr>
            {names.map((n) => (
              <Table.Th key={n} fw={500} c="dimmed">
                {n}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(records.items ?? []).map((r) => (
            <Table.Tr key={r.id}>
              {names.map((n) => {
                const key = of[n] ?? "";
                const value = fields.has(key) ? text((r.values as Record<string, unknown>)[key]) : undefined;
                return (
                  <Table.Td key={n}>
                    {value === undefined ? (
                      <Text span inherit className="mono" c="dimmed">
                        {key}
                      </Text>
                    ) : (
                      value || (
                        <Text span inherit c="dimmed">
                          blank
                        </Text>
                      )
                    )}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

import { Table, Text } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { recordQuery, sampleQuery } from "../../../api/queries/records";
import { text } from "../Pilot";
import { isUnknown, type Known } from "./known";

type Values = Record<string, unknown>;

/** What the inputs are on three real records. Fields are read; other expressions are shown when ten rows run. */
export function Preview({
  of,
  prompt,
  called = (name) => name,
  ...known
}: Known & { of: Record<string, string>; prompt?: string; called?: (name: string) => string }) {
  const records = useSamples(known, Object.values(of));
  const names = Object.keys(of);
  const [first] = records;
  if (names.length === 0 || !first) return null;
  return (
    <div className="scroll-x">
      <Table fz="xs" verticalSpacing={3}>
        <Table.Thead>
          <Table.Tr>
            {names.map((n) => (
              <Table.Th key={n} fw={500} c="dimmed">
                {called(n)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {records.map((values, i) => (
            <Table.Tr key={i}>
              {names.map((n) => (
                <Table.Td key={n}>
                  <Shown of={of[n] ?? ""} values={values} unknown={isUnknown(of[n] ?? "", known)} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {prompt && (
        <Text size="xs" mt={6} px="xs" style={{ whiteSpace: "pre-wrap" }}>
          <Text span inherit c="dimmed">
            Asked for the first of them:{" "}
          </Text>
          {rendered(prompt, first)}
        </Text>
      )}
    </div>
  );
}

function Shown({ of, values, unknown }: { of: string; values: Values; unknown: boolean }) {
  if (unknown) {
    return (
      <Text span inherit c="red">
        no field is called {of}
      </Text>
    );
  }
  if (!(of in values)) {
    return (
      <Text span inherit className="mono" c="dimmed">
        {of}
      </Text>
    );
  }
  return (
    text(values[of]) || (
      <Text span inherit c="dimmed">
        blank
      </Text>
    )
  );
}

/** A prompt with the fields of one record in their places; other expressions stay as they are. */
export const rendered = (prompt: string, values: Values) =>
  prompt.replace(/\{\{\s*([^}]+?)\s*\}\}/g, (all, name: string) => (name in values ? text(values[name]) : all));

/** Three records' fields; those of their companies too where an expression reads one. */
function useSamples({ entity, audience }: Known, expressions: string[]): Values[] {
  const [first] = audience;
  const page = useQuery({ ...sampleQuery(first ? { audience: first } : { entity }, 3) }).data;
  const items = page?.items ?? [];
  const wanted = entity === "people" && expressions.some((e) => e.startsWith("company."));
  const people = useQueries({ queries: items.map((r) => ({ ...recordQuery(r.id), enabled: wanted })) });
  const ids = people.map((p) => p.data?.company_id ?? 0);
  const companies = useQueries({ queries: ids.map((id) => ({ ...recordQuery(id), enabled: id > 0 })) });
  return items.map((r, i) => ({
    ...Object.fromEntries((page?.fields ?? []).map((f) => [f.field, null])),
    ...(r.values as Values),
    ...Object.fromEntries((companies[i]?.data?.values ?? []).map((v) => [`company.${v.field}`, v.value])),
  }));
}

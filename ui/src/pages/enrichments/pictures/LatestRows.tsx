import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../../api/client";
import { fieldsQuery } from "../../../api/queries/records";
import { Figure } from "../../../ui/chart/Figure";
import { formatCredits } from "../../../ui/money";
import { TimeAgo } from "../../../ui/TimeAgo";
import { OutcomeDot, text } from "../Pilot";
import { labelsOf, outputFields } from "../things";

/** The rows that ended last, each with its record: it follows as they end. */
export function LatestRows({ of, rows }: { of: Schemas["EnrichmentView"]; rows: Schemas["RowView"][] }) {
  const labels = labelsOf(useQuery(fieldsQuery(of.entity)).data?.items);
  const fields = outputFields(of.definition).slice(0, 2);
  return (
    <Figure
      title="Latest rows"
      says={
        <Link to="/enrichments/$name" params={{ name: of.name }} search={{ tab: "rows" }}>
          All rows
        </Link>
      }
    >
      <div className="scroll-x">
        <Table className="stack" verticalSpacing={4} aria-label="Latest rows">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Record</Table.Th>
              <Table.Th>Outcome</Table.Th>
              {fields.map((f) => (
                <Table.Th key={f}>{labels[f] ?? f}</Table.Th>
              ))}
              <Table.Th ta="right">Credits</Table.Th>
              <Table.Th ta="right">When</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((r) => (
              <Table.Tr key={r.record_id}>
                <Table.Td maw={170} className="clip" data-rest>
                  <Link to={`/${of.entity}`} search={{ record: r.record_id }}>
                    {r.name || `#${r.record_id}`}
                  </Link>
                </Table.Td>
                <Table.Td>
                  <OutcomeDot of={r} />
                </Table.Td>
                {fields.map((f) => {
                  const value = text((r.values as Record<string, unknown> | null)?.[f]);
                  return (
                    <Table.Td key={f} maw={150} className="clip" title={value} data-label={labels[f] ?? f}>
                      {value}
                    </Table.Td>
                  );
                })}
                <Table.Td ta="right" className="tabular" data-label="Credits">
                  {formatCredits(r.charged_credits)}
                </Table.Td>
                <Table.Td ta="right" c="dimmed">
                  <TimeAgo at={r.at} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {rows.length === 0 && <Text c="dimmed">No row has ended yet.</Text>}
    </Figure>
  );
}

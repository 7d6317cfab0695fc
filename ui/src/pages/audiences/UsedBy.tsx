import { Anchor, Badge, Button, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { enrichmentsQuery } from "../../api/queries/enrichments";
import { EmptyState } from "../../ui/EmptyState";
import { grouped } from "../../ui/grouped";
import { Money } from "../../ui/MoneyText";
import { Only } from "../../ui/Permitted";

/** The enrichments that are pointed at an audience. */
export function UsedBy({ audience: a }: { audience: Schemas["AudienceView"] }) {
  const all = useQuery(enrichmentsQuery).data?.items ?? [];
  const used = all.filter((e) => a.used_by.includes(e.name));
  if (a.used_by.length === 0)
    return (
      <EmptyState
        title="No enrichment uses this audience"
        actions={
          <Only to="edit">
            <Button renderRoot={(props) => <Link to="/enrichments/new" search={{ audience: a.name }} {...props} />}>
              Enrich it
            </Button>
          </Only>
        }
      >
        An enrichment fills in what these records are missing, and can keep going as new ones join.
      </EmptyState>
    );
  return (
    <div className="panel scroll-x" style={{ maxWidth: 760 }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Enrichment</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th ta="right">Remaining rows</Table.Th>
            <Table.Th ta="right">Spent</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {used.map((e) => (
            <Table.Tr key={e.name}>
              <Table.Td>
                <Anchor component={Link} to={`/enrichments/${e.name}`}>
                  {e.label}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <Badge color={e.state === "live" ? "teal" : "gray"}>{e.state}</Badge>{" "}
                {e.follow && e.state === "live" && (
                  <Text component="span" c="dimmed" size="xs">
                    follows it
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {grouped(e.remaining_rows)}
              </Table.Td>
              <Table.Td ta="right">
                <Money credits={e.spent_credits} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

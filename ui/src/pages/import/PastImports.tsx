import { Anchor, Badge, Table, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { importsQuery } from "../../api/queries/imports";
import { grouped } from "../../ui/grouped";
import { TimeAgo } from "../../ui/TimeAgo";

/** What was imported before; each leads to its result, its rejects and its undo. */
export function PastImports() {
  const list = useQuery(importsQuery).data?.items ?? [];
  if (list.length === 0) return null;
  return (
    <section style={{ marginTop: 32 }}>
      <Title order={2} mb="xs">
        Imports
      </Title>
      <div className="panel scroll-x">
        <Table className="stack" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>File</Table.Th>
              <Table.Th>Into</Table.Th>
              <Table.Th ta="right">Created</Table.Th>
              <Table.Th ta="right">Updated</Table.Th>
              <Table.Th ta="right">Rejected</Table.Th>
              <Table.Th>When</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.slice(0, 50).map((v) => (
              <Table.Tr key={v.id}>
                <Table.Td data-rest>
                  <Anchor renderRoot={(props) => <Link to="/import" search={{ id: v.id }} {...props} />}>
                    {v.file || `Import ${v.id}`}
                  </Anchor>{" "}
                  {v.state !== "done" && <Badge color="gray">{v.state}</Badge>}
                </Table.Td>
                <Table.Td>{v.entity}</Table.Td>
                <Table.Td ta="right" className="tabular" data-label="Created">
                  {grouped(v.created)}
                </Table.Td>
                <Table.Td ta="right" className="tabular" data-label="Updated">
                  {grouped(v.updated)}
                </Table.Td>
                <Table.Td ta="right" className="tabular" data-label="Rejected">
                  {grouped(v.rejected)}
                </Table.Td>
                <Table.Td>
                  <TimeAgo at={v.at} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}

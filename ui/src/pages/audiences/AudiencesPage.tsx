import { Anchor, Badge, Button, Table, Text, TextInput } from "@mantine/core";
import { IconPlus, IconSearch, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { audienceCountQuery, audiencesQuery } from "../../api/queries/audiences";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { useEnrichmentLabel } from "../../ui/labels";
import { Page } from "../../ui/Page";
import { Only } from "../../ui/Permitted";
import { Waiting } from "../../ui/Waiting";
import { useReadables } from "./builder/useReadables";
import { filterInWords } from "./inWords";

export function AudiencesPage() {
  const list = useQuery(audiencesQuery);
  const [typed, setTyped] = useState("");
  const items = list.data?.items ?? [];
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = items.filter((a) =>
    words.every((w) => `${a.label} ${a.name} ${a.description ?? ""} ${a.where}`.toLowerCase().includes(w)),
  );
  const none = list.data !== undefined && items.every((a) => a.builtin);
  const create = (
    <Only to="edit">
      <Button
        leftSection={<IconPlus size={14} />}
        renderRoot={(props) => <Link to="/audiences/new" search={{}} {...props} />}
      >
        New audience
      </Button>
    </Only>
  );
  return (
    <Page
      name="Audiences"
      title="Audiences"
      sub="Live filters over people and companies. Records join and leave as they change."
      actions={none ? undefined : create}
    >
      <ErrorNote error={list.error} retry={() => void list.refetch()} />
      {!list.data && !list.error && <Waiting />}
      {items.length > 8 && (
        <TextInput
          mb="sm"
          maw={280}
          aria-label="Search audiences"
          placeholder="Search audiences"
          leftSection={<IconSearch size={14} />}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
        />
      )}
      {list.data && (
        <div className="panel scroll-x">
          <Table className="stack" highlightOnHover miw={720}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Audience</Table.Th>
                <Table.Th>Filter</Table.Th>
                <Table.Th ta="right">Records</Table.Th>
                <Table.Th>Used by</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((a) => (
                <AudienceRow key={a.name} audience={a} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {none && (
        <EmptyState icon={<IconUsersGroup size={28} />} title="Make your first audience" actions={create}>
          Say who you mean, such as engineering leaders in Berlin. The audience follows your records by itself, has a
          Data Hub of its own, and enrichments are pointed at it.
        </EmptyState>
      )}
    </Page>
  );
}

function AudienceRow({ audience: a }: { audience: Schemas["AudienceView"] }) {
  const enrichment = useEnrichmentLabel();
  const { readables } = useReadables(a.entity === "companies" ? "companies" : "people");
  const count = useQuery({ ...audienceCountQuery(a.name), staleTime: 30_000 }).data?.count;
  return (
    <Table.Tr>
      <Table.Td data-rest>
        <Anchor component={Link} to={`/audiences/${a.name}`} fw={550} c="inherit">
          {a.label}
        </Anchor>{" "}
        {a.builtin && <Badge color="gray">built in</Badge>}
        {a.description && (
          <Text c="dimmed" size="xs">
            {a.description}
          </Text>
        )}
      </Table.Td>
      <Table.Td maw={420} data-line>
        {a.where ? (
          <Text lineClamp={2} title={a.where} style={{ overflowWrap: "anywhere" }}>
            {filterInWords(a.where, readables)}
          </Text>
        ) : (
          <Text c="dimmed">no filter</Text>
        )}
      </Table.Td>
      <Table.Td ta="right" className="tabular" data-label="Records">
        {count === undefined ? "…" : grouped(count)}
      </Table.Td>
      <Table.Td data-label="Used by">
        {a.used_by.length === 0 ? (
          <Text span c="dimmed">
            nothing
          </Text>
        ) : (
          a.used_by.map((e) => (
            <Anchor key={e} component={Link} to={`/enrichments/${e}`} mr={10} style={{ whiteSpace: "nowrap" }}>
              {enrichment(e)}
            </Anchor>
          ))
        )}
      </Table.Td>
    </Table.Tr>
  );
}

import { Anchor, Button, Skeleton, Table, Text } from "@mantine/core";
import { IconPlus, IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { enrichmentsQuery } from "../../api/queries/enrichments";
import { Bar } from "../../ui/Bar";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { approx, formatCredits } from "../../ui/money";
import { Page } from "../../ui/Page";
import { LimitMeter } from "./LimitMeter";
import { rowParts, totalRows } from "./outcomes";
import { StateBadge } from "./StateBadge";

export function EnrichmentsPage() {
  const { data, error, refetch, isPending } = useQuery(enrichmentsQuery);
  const items = data?.items ?? [];
  return (
    <Page
      name="Enrichments"
      title="Enrichments"
      sub="Built once, like a function; pointed at any audience. No record is bought twice for the same field."
      actions={
        <Button component={Link} to="/enrichments/new" leftSection={<IconPlus size={14} />}>
          New enrichment
        </Button>
      }
    >
      <ErrorNote error={error} retry={refetch} />
      {isPending && <Skeleton h={160} />}
      {data && items.length === 0 && <NoEnrichments />}
      {items.length > 0 && (
        <div className="panel scroll-x">
          <Table miw={860}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Audience</Table.Th>
                <Table.Th w={200}>Rows</Table.Th>
                <Table.Th ta="right">Remaining</Table.Th>
                <Table.Th w={190}>Spend against limit</Table.Th>
                <Table.Th ta="right">Saved</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((e) => (
                <Row key={e.id} of={e} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Page>
  );
}

function Row({ of: e }: { of: Schemas["EnrichmentView"] }) {
  const go = useNavigate();
  const total = totalRows(e.rows);
  return (
    <Table.Tr
      style={{ cursor: "pointer" }}
      onClick={(ev) => {
        if (!(ev.target as HTMLElement).closest("a")) void go({ to: "/enrichments/$name", params: { name: e.name } });
      }}
    >
      <Table.Td>
        <Anchor component={Link} to={`/enrichments/${e.name}`} fw={550} c="inherit">
          {e.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          → {Object.values(e.definition.outputs ?? {}).join(", ")}
        </Text>
      </Table.Td>
      <Table.Td>
        <StateBadge of={e} />
      </Table.Td>
      <Table.Td>{e.audience.join(", ")}</Table.Td>
      <Table.Td>
        {total > 0 ? (
          <Bar parts={rowParts(e.rows)} total={total} label={`${total - e.remaining_rows} of ${total} rows done`} />
        ) : (
          <Text c="dimmed" size="xs">
            no rows yet
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {e.remaining_rows.toLocaleString("en-US")}
      </Table.Td>
      <Table.Td>
        <LimitMeter limit={e.limit ?? undefined} held={approx(e.unknown_credits)} />
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {formatCredits(e.saved_credits)}
      </Table.Td>
    </Table.Tr>
  );
}

function NoEnrichments() {
  return (
    <EmptyState
      icon={<IconSparkles size={30} stroke={1.5} />}
      title="Fill a field for a whole audience"
      actions={
        <>
          <Button component={Link} to="/enrichments/new">
            New enrichment
          </Button>
          <Button component={Link} to="/" variant="default">
            Find a gap in the Data Hub
          </Button>
        </>
      }
    >
      An enrichment takes what a record has (a name, a domain), asks one provider after another, and writes what comes
      back into a field. You run it on 10 rows, see the price, set a limit, and then start it.
    </EmptyState>
  );
}

import { Anchor, Table, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { Bar } from "../../ui/Bar";
import { grouped } from "../../ui/grouped";
import { useAudienceLabel, useFieldLabel } from "../../ui/labels";
import { approx, creditsText, micro } from "../../ui/money";
import { SortTh } from "../../ui/SortTh";
import { allDone, LimitMeter } from "./LimitMeter";
import type { Sort } from "./list";
import { allRows, doneRows, rowParts } from "./outcomes";
import { StateBadge } from "./StateBadge";

type Enrichment = Schemas["EnrichmentView"];
type Props = { items: Enrichment[]; sort: Sort; desc: boolean; onSort: (by: Sort) => void };

/** State, progress, spend against limit and what is left, an enrichment a line. */
export function EnrichmentTable({ items, sort, desc, onSort }: Props) {
  const by = (column: Sort) => ({
    sorted: sort === column ? (desc ? ("down" as const) : ("up" as const)) : undefined,
    onSort: () => onSort(column),
  });
  return (
    <div className="panel scroll-x">
      <Table className="stack" miw={740} style={{ tableLayout: "fixed" }} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <SortTh label="Name" w="19%" {...by("name")} />
            <Table.Th w={152}>State</Table.Th>
            <Table.Th w="14%" visibleFrom="lg">
              Audience
            </Table.Th>
            <SortTh label="Rows" {...by("rows")} />
            <SortTh label="Remaining" right w={96} {...by("remaining")} />
            <SortTh label="Spend against limit" w={192} {...by("spent")} />
            <SortTh label="Saved by reuse" right w={116} visibleFrom="lg" {...by("saved")} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((e) => (
            <Row key={e.id} of={e} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ of: e }: { of: Enrichment }) {
  const go = useNavigate();
  const field = useFieldLabel(e.entity);
  const outputs = Object.values(e.definition.outputs ?? {})
    .map(field)
    .join(", ");
  const audience = useAudienceLabel();
  const on = e.audience.map(audience).join(", ");
  return (
    <Table.Tr
      style={{ cursor: "pointer" }}
      onClick={(ev) => {
        if (!(ev.target as HTMLElement).closest("a")) void go({ to: "/enrichments/$name", params: { name: e.name } });
      }}
    >
      <Table.Td className="clip" data-rest title={`${e.label} → ${outputs}, on ${on}`}>
        <Anchor component={Link} to={`/enrichments/${e.name}`} fw={550} c="inherit">
          {e.label}
        </Anchor>
        <Text size="xs" c="dimmed" className="clip">
          → {outputs}
          <Text span inherit hiddenFrom="lg">
            , on {on}
          </Text>
        </Text>
      </Table.Td>
      <Table.Td>
        <StateBadge of={e} />
      </Table.Td>
      <Table.Td className="clip" title={on} visibleFrom="lg">
        {on}
      </Table.Td>
      <Table.Td data-line>
        <Progress of={e} />
      </Table.Td>
      <Table.Td ta="right" className="tabular" data-label="Remaining">
        {grouped(e.remaining_rows)}
      </Table.Td>
      <Table.Td data-line>
        <LimitMeter limit={e.limit ?? undefined} held={approx(e.unknown_credits)} done={allDone(e)} />
        {micro(e.saved_credits) > 0n && (
          <Text size="xs" c="var(--fettle-reused-text)" hiddenFrom="lg">
            {creditsText(e.saved_credits)} saved
          </Text>
        )}
      </Table.Td>
      <Table.Td
        ta="right"
        className="tabular"
        visibleFrom="lg"
        c={micro(e.saved_credits) > 0n ? "var(--fettle-reused-text)" : "dimmed"}
      >
        {micro(e.saved_credits) > 0n ? creditsText(e.saved_credits) : "nothing"}
      </Table.Td>
    </Table.Tr>
  );
}

/** Rows done of all, and beside them what did not go well. */
function Progress({ of: e }: { of: Enrichment }) {
  const done = doneRows(e.rows);
  const total = allRows(e);
  if (total === 0) {
    return (
      <Text c="dimmed" size="xs">
        no rows yet
      </Text>
    );
  }
  const n = (count: number, word: string) => (count > 0 ? `${grouped(count)} ${word}` : "");
  const beside = [n(e.rows.running, "running"), n(e.rows.failed, "failed"), n(e.rows.unknown, "may have been billed")];
  const text = [`${grouped(done)} of ${grouped(total)} done`, ...beside].filter(Boolean).join(" · ");
  return (
    <>
      <Text size="xs" c="dimmed" className="clip tabular" title={text}>
        {text}
      </Text>
      <Bar height={4} parts={rowParts(e.rows)} total={total} label={text} />
    </>
  );
}

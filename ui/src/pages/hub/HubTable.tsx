import { Table, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { IconStarFilled } from "@tabler/icons-react";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { Bar, percent } from "../../ui/Bar";
import { grouped } from "../../ui/grouped";
import { sourceWords, useAudienceLabel, useEnrichmentLabel } from "../../ui/labels";
import { creditsText, formatCredits, micro } from "../../ui/money";
import { SortTh } from "../../ui/SortTh";
import { age, count } from "../../ui/time";
import { blankCauses, fillParts } from "./blanks";
import { anyDisputed, DisputedCell } from "./Disputed";
import classes from "./HubTable.module.css";
import type { Sort } from "./listed";
import { Trend } from "./Trend";
import { within } from "./within";

type Hub = Schemas["HubView"];
type Field = Schemas["HubField"];

type Props = {
  hub: Hub;
  /** Those of the hub's fields that are shown, in their order. */
  fields: Field[];
  beside?: Hub;
  onGap: (field: string) => void;
  sort: Sort;
  desc: boolean;
  onSort: (by: Sort) => void;
};

/** One row per field; with two audiences, both side by side. */
export function HubTable({ hub, fields, beside, onGap, sort, desc, onSort }: Props) {
  const by = (of: Sort) => ({
    sorted: sort === of ? (desc ? ("down" as const) : ("up" as const)) : undefined,
    onSort: () => onSort(of),
  });
  const audience = useAudienceLabel();
  const enrichment = useEnrichmentLabel();
  const called = (hub: Hub) => (hub.audience ? audience(hub.audience) : "All");
  const disputed = !beside && anyDisputed(fields);
  const trends = !beside && fields.some((f) => (f.trend ?? []).length > 1);
  return (
    <div className="panel scroll-x">
      <Table verticalSpacing={7} className={`stack ${classes.table}`} data-two={Boolean(beside) || undefined}>
        <Table.Thead>
          <Table.Tr>
            <SortTh label="Field" w={beside ? "20%" : trends ? "17%" : "22%"} {...by("name")} />
            <SortTh
              label={beside ? called(hub) : "Fill rate"}
              w={beside ? "22%" : trends ? "18%" : "20%"}
              {...by("filled")}
            />
            {beside && <Table.Th w="24%">{called(beside)}</Table.Th>}
            <Table.Th visibleFrom={beside ? "lg" : undefined}>Blank because</Table.Th>
            {!beside && (
              <Table.Th w="10%" visibleFrom="lg">
                From
              </Table.Th>
            )}
            {disputed && (
              <Table.Th ta="right" w={84}>
                Disputed
              </Table.Th>
            )}
            {!beside && <SortTh label="Age" right w="6%" visibleFrom="lg" {...by("age")} />}
            {!beside && <SortTh label="Cost" right w={trends ? 80 : 92} {...by("cost")} />}
            {trends && <Table.Th w={118}>Trend</Table.Th>}
            <Table.Th w="17%">Fill the rest</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.map((f) => (
            <Row
              key={f.field}
              of={f}
              hub={hub}
              beside={beside}
              disputed={disputed}
              trends={trends}
              called={called}
              enrichment={enrichment}
              onGap={onGap}
            />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

type RowProps = {
  of: Field;
  hub: Hub;
  beside?: Hub;
  disputed: boolean;
  trends: boolean;
  /** What a hub's audience is called, and an enrichment. */
  called: (hub: Hub) => string;
  enrichment: (name: string) => string;
  onGap: (field: string) => void;
};

function Row({ of: f, hub, beside, disputed, trends, called, enrichment, onGap }: RowProps) {
  const from = sourcesOf(f, enrichment);
  const other = beside?.fields?.find((x) => x.field === f.field);
  return (
    <Table.Tr className={classes.row} onClick={() => onGap(f.field)}>
      <Table.Td data-rest>
        <span className={classes.name} title={f.label}>
          <UnstyledButton
            className={classes.open}
            onClick={(e) => {
              e.stopPropagation();
              onGap(f.field);
            }}
          >
            {f.label}
          </UnstyledButton>
          {f.key && <IconStarFilled size={9} aria-label="key field" className={classes.key} />}
        </span>
        {!beside && f.filled > 0 && (
          <Text size="xs" c="dimmed" className="clip" hiddenFrom="lg" title={from.title}>
            {[from.text, age(f.median_age_days)].filter(Boolean).join(" · ")}
          </Text>
        )}
      </Table.Td>
      <Table.Td data-line data-label={beside ? called(hub) : undefined}>
        <Fill of={f} records={hub.records} />
        {beside && (
          <Text span hiddenFrom="lg">
            <Blank of={f} />
          </Text>
        )}
      </Table.Td>
      {beside && (
        <Table.Td data-line data-label={called(beside)}>
          {other ? <Fill of={other} records={beside.records} /> : null}
        </Table.Td>
      )}
      <Table.Td visibleFrom={beside ? "lg" : undefined} data-line>
        <Blank of={f} />
      </Table.Td>
      {!beside && (
        <Table.Td visibleFrom="lg">
          <Text c="dimmed" className="clip" title={from.title}>
            {from.text}
          </Text>
        </Table.Td>
      )}
      {disputed && <DisputedCell of={f} hub={hub} />}
      {!beside && (
        <Table.Td ta="right" c="dimmed" className="clip" visibleFrom="lg">
          {f.filled > 0 ? age(f.median_age_days) : ""}
        </Table.Td>
      )}
      {!beside && (
        <Table.Td ta="right" className="tabular" data-label={micro(f.cost_credits) > 0n ? "Cost" : undefined}>
          {micro(f.cost_credits) > 0n && (
            <span title={`${creditsText(f.cost_per_filled_credits)} for each filled value`}>
              {formatCredits(f.cost_credits)}
            </span>
          )}
        </Table.Td>
      )}
      {trends && (
        <Table.Td>
          <Trend days={f.trend ?? []} label={f.label} />
        </Table.Td>
      )}
      <Table.Td>{f.filled < hub.records && <Rest of={f} called={enrichment} onGap={onGap} />}</Table.Td>
    </Table.Tr>
  );
}

/** The cheapest enrichment that has rows to ask, with its price; else the way to one. */
function Rest({ of: f, called, onGap }: { of: Field; called: (name: string) => string; onGap: RowProps["onGap"] }) {
  const [best] = (f.fill_rest ?? [])
    .filter((r) => r.rows > 0)
    .sort((a, b) => Number(micro(a.unlimited_expected_credits) - micro(b.unlimited_expected_credits)));
  const price = best && `≈ ${creditsText(best.unlimited_expected_credits, 0)}`;
  return (
    <UnstyledButton
      className={classes.fill}
      data-priced={Boolean(best) || undefined}
      title={best ? `${called(best.enrichment)}: ${count(best.rows, "row")} ${price}${within(best)}` : undefined}
      aria-label={best ? undefined : `Fill the gap: ${f.label}`}
      onClick={(e) => {
        e.stopPropagation();
        onGap(f.field);
      }}
    >
      {best ? (
        <>
          <span>{called(best.enrichment)}</span>
          <span className="tabular">{price}</span>
        </>
      ) : (
        "Fill the gap"
      )}
    </UnstyledButton>
  );
}

/** Where a field's values are from, the most first. */
function sourcesOf(f: Field, enrichment: (name: string) => string) {
  const sources = Object.entries((f.sources ?? {}) as Record<string, number>)
    .sort((a, b) => b[1] - a[1])
    .map(([name, n]) => [sourceWords(name, enrichment), n] as const);
  return {
    text: sources.map(([name]) => name).join(", "),
    title: sources.map(([name, n]) => `${name}: ${grouped(n)}`).join(", ") || undefined,
  };
}

function Fill({ of, records }: { of: Field; records: number }) {
  return (
    <div className={classes.rate}>
      <Bar
        parts={fillParts(of)}
        total={records}
        label={`${of.label}: ${percent(of.filled, records)} filled`}
        height={8}
      />
      <span className={`${classes.percent} tabular`}>{percent(of.filled, records)}</span>
      <span className={`${classes.count} tabular`}>{grouped(of.filled)}</span>
    </div>
  );
}

/** The two greatest causes on one line; all of them on hover. */
function Blank({ of }: { of: Field }) {
  const causes = blankCauses(of);
  const [near, setNear] = useState(false);
  if (causes.length === 0) return null;
  const [first, ...rest] = causes;
  const more = rest.length > 1 ? `${rest.length} more` : (rest[0]?.text ?? "");
  const lines = (
    <div className={classes.causes} onPointerEnter={near ? undefined : () => setNear(true)}>
      <span className={classes.cause}>
        <i style={{ background: first?.color }} />
        {first?.text}
      </span>
      {more && (
        <span className={classes.cause}>
          {rest.length === 1 && <i style={{ background: rest[0]?.color }} />}
          {rest.length > 1 ? `+ ${more}` : more}
        </span>
      )}
    </div>
  );
  // As in a bar: a tip is made when the pointer comes.
  if (!near || causes.length < 2) return lines;
  return (
    <Tooltip label={causes.map((c) => c.text).join(", ")} multiline maw={320}>
      {lines}
    </Tooltip>
  );
}

import { Table, Text, UnstyledButton } from "@mantine/core";
import { IconStarFilled } from "@tabler/icons-react";
import type { Schemas } from "../../api/client";
import { Bar, percent } from "../../ui/Bar";
import { formatCredits, micro } from "../../ui/money";
import { age } from "../../ui/time";
import { blanks, fillParts } from "./blanks";
import classes from "./HubTable.module.css";
import { Trend } from "./Trend";

type Hub = Schemas["HubView"];
type Field = Schemas["HubField"];

/** One row per field, key fields first; with two audiences, both side by side. */
export function HubTable({ hub, beside, onGap }: { hub: Hub; beside?: Hub; onGap: (field: string) => void }) {
  const fields = [...(hub.fields ?? [])].sort((a, b) => Number(b.key) - Number(a.key));
  return (
    <div className="panel scroll-x">
      <Table miw={beside ? 900 : 980} verticalSpacing={7}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Field</Table.Th>
            <Table.Th w="24%">{beside ? (hub.audience ?? "All") : "Fill rate"}</Table.Th>
            {beside && <Table.Th w="24%">{beside.audience ?? "All"}</Table.Th>}
            <Table.Th>Blank because</Table.Th>
            {!beside && <Table.Th>From</Table.Th>}
            {!beside && <Table.Th ta="right">Age</Table.Th>}
            <Table.Th ta="right">Cost</Table.Th>
            {!beside && <Table.Th w={96}>Trend</Table.Th>}
            <Table.Th>Fill the rest</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.map((f) => (
            <Row key={f.field} of={f} hub={hub} beside={beside} onGap={onGap} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ of: f, hub, beside, onGap }: { of: Field; hub: Hub; beside?: Hub; onGap: (field: string) => void }) {
  const other = beside?.fields?.find((x) => x.field === f.field);
  const [best] = f.fill_rest ?? [];
  const gap = f.filled < hub.records;
  return (
    <Table.Tr className={classes.row} onClick={() => onGap(f.field)}>
      <Table.Td>
        <span className={classes.name}>
          {f.label}
          {f.key && <IconStarFilled size={9} aria-label="key field" className={classes.key} />}
        </span>
      </Table.Td>
      <Table.Td>
        <Fill of={f} records={hub.records} />
      </Table.Td>
      {beside && <Table.Td>{other ? <Fill of={other} records={beside.records} /> : null}</Table.Td>}
      <Table.Td>
        <Blank of={f} />
      </Table.Td>
      {!beside && (
        <Table.Td>
          <Text c="dimmed" truncate maw={170}>
            {Object.entries((f.sources ?? {}) as Record<string, number>)
              .sort((a, b) => b[1] - a[1])
              .map(([name]) => name)
              .join(", ")}
          </Text>
        </Table.Td>
      )}
      {!beside && (
        <Table.Td ta="right" c="dimmed">
          {f.filled > 0 ? age(f.median_age_days) : ""}
        </Table.Td>
      )}
      <Table.Td ta="right" className="tabular">
        {micro(f.cost_credits) > 0n && (
          <span title={`${formatCredits(f.cost_per_filled_credits)} credits for each filled value`}>
            {formatCredits(f.cost_credits)}
          </span>
        )}
      </Table.Td>
      {!beside && (
        <Table.Td>
          <Trend days={f.trend ?? []} label={f.label} />
        </Table.Td>
      )}
      <Table.Td>
        {gap && (
          <UnstyledButton className={classes.fill} onClick={() => onGap(f.field)}>
            {best ? `${best.enrichment}: ≈ ${formatCredits(best.expected_credits)} credits` : "Fill the gap"}
          </UnstyledButton>
        )}
      </Table.Td>
    </Table.Tr>
  );
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
      <span className={`${classes.count} tabular`}>{of.filled.toLocaleString("en-US")}</span>
    </div>
  );
}

function Blank({ of }: { of: Field }) {
  const shown = blanks.filter((b) => of.blank[b.key] > 0);
  return (
    <Text c="dimmed" size="xs">
      {shown.map((b) => `${of.blank[b.key].toLocaleString("en-US")} ${b.label}`).join(", ")}
      {of.stale > 0 ? `${shown.length ? "; " : ""}${of.stale.toLocaleString("en-US")} stale` : ""}
      {of.invalid > 0 ? `${shown.length || of.stale ? "; " : ""}${of.invalid.toLocaleString("en-US")} invalid` : ""}
    </Text>
  );
}

import { Button, Group, Loader, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { estimateQuery, rowsQuery, usePilot } from "../../api/queries/enrichments";
import { pilotsQuery } from "../../api/queries/money";
import { fieldsQuery } from "../../api/queries/records";
import { Money, useCreditUSD } from "../../ui/MoneyText";
import { creditsText, formatMoney, fromMicro, micro } from "../../ui/money";
import { May } from "../../ui/Permitted";
import { count, readable } from "../../ui/time";
import { FEW, triesFirst } from "./begun";
import { outcomeColor, outcomeLabel } from "./outcomes";
import { firstAtMost } from "./price/atMost";
import { Unready } from "./price/Unready";
import { labelsOf, outputFields } from "./things";

/** Runs the first ten rows and shows what came back. Its button is the primary one while nothing was tried. */
export function Pilot({ of }: { of: Schemas["EnrichmentView"] }) {
  const pilot = usePilot();
  const pages = useInfiniteQuery(rowsQuery(of.name, {}, 500)).data?.pages ?? [];
  const rows = pages.flatMap((p) => p.items ?? []).filter((r) => r.cause === "pilot");
  const running = Boolean(of.piloting);
  const allowance = useQuery(pilotsQuery).data;
  const binds = allowance?.binds ? allowance : undefined;
  const priced = useQuery({ ...estimateQuery(of.name, {}), enabled: of.state !== "live" && !running }).data;
  const usd = useCreditUSD();
  const size = binds ? Math.min(FEW, binds.left_rows) : FEW;
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <May to="edit">
          <Button
            variant={triesFirst(of, priced && micro(priced.high_credits)) ? "filled" : "default"}
            loading={pilot.isPending}
            disabled={running || of.state === "live" || size === 0 || Boolean(priced?.no_room)}
            onClick={() => pilot.mutate({ name: of.name, rows: size })}
          >
            {rows.length ? `Run on ${size || FEW} more` : `Run on ${size || FEW} first`}
            {priced && !priced.no_room && priceWords(firstAtMost(priced, size), binds?.left_credits, usd)}
          </Button>
        </May>
        {running && (
          <Group gap={6}>
            <Loader size={14} />
            <Text>running</Text>
          </Group>
        )}
        {!running && priced?.no_room && <Text c="dimmed">There is no room for a row: {readable(priced.no_room)}.</Text>}
        {!running && rows.length === 0 && !priced?.no_room && (
          <Text c="dimmed">See the hit rate and the cost on real records before you decide.</Text>
        )}
      </Group>
      {binds && (
        <Text c="dimmed">
          You may try it: {binds.left_rows} of {count(binds.rows, "row")} and {binds.left_credits} of{" "}
          {creditsText(binds.credits)} are left for you today (UTC).
        </Text>
      )}
      <Unready of={of} error={pilot.error} />
      {rows.length > 0 && <PilotRows rows={rows} of={of} />}
    </Stack>
  );
}

/** ", at most 14.4 credits (US$0.15)": what the button promises, no more than is left of the allowance of whoever presses it. */
function priceWords(most: string, allowed: string | undefined, usd: string | undefined): string {
  const bound = allowed !== undefined && micro(allowed) < micro(most) ? allowed : most;
  return micro(bound) === 0n ? ", for free" : `, at most ${creditsText(bound)} (${formatMoney(bound, usd)})`;
}

function PilotRows({ rows, of }: { rows: Schemas["RowView"][]; of: Schemas["EnrichmentView"] }) {
  const labels = labelsOf(useQuery(fieldsQuery(of.entity)).data?.items);
  const done = rows.filter((r) => r.state === "done");
  const found = done.filter((r) => r.outcome === "found").length;
  const spent = rows.reduce((n, r) => n + micro(r.charged_credits), 0n);
  return (
    <Stack gap="xs">
      <Text>
        {found} of {count(done.length, "row")} found, for <Money credits={fromMicro(spent)} both />
        {found > 0 && (
          <>
            {" "}
            (<Money credits={fromMicro(spent / BigInt(found))} /> each)
          </>
        )}
        .
      </Text>
      <div className="panel scroll-x">
        <RowsTable rows={rows.slice(0, 30)} fields={outputFields(of.definition)} labels={labels} />
      </div>
    </Stack>
  );
}

type TableProps = { rows: Schemas["RowView"][]; fields: string[]; labels: Record<string, string> };

/** Rows with their outcome, values and price. */
function RowsTable({ rows, fields, labels }: TableProps) {
  return (
    <Table verticalSpacing={4}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Record</Table.Th>
          <Table.Th>Outcome</Table.Th>
          {fields.map((f) => (
            <Table.Th key={f}>{labels[f] ?? f}</Table.Th>
          ))}
          <Table.Th ta="right">Credits</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((r) => (
          <Table.Tr key={r.record_id}>
            <Table.Td>{r.name || `#${r.record_id}`}</Table.Td>
            <Table.Td>
              <OutcomeDot of={r} />
            </Table.Td>
            {fields.map((f) => (
              <Table.Td
                key={f}
                maw={320}
                className="clip"
                title={text((r.values as Record<string, unknown> | null)?.[f])}
              >
                {text((r.values as Record<string, unknown> | null)?.[f])}
              </Table.Td>
            ))}
            <Table.Td ta="right" className="tabular">
              {r.charged_credits}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

export function OutcomeDot({ of }: { of: Schemas["RowView"] }) {
  const key = of.state === "done" ? of.outcome : of.state;
  return (
    <Group gap={6} wrap="nowrap" title={readable(of.detail ?? "")}>
      <span
        style={{
          flex: "none",
          width: 8,
          height: 8,
          borderRadius: 4,
          border: "1px solid var(--fettle-line)",
          background: outcomeColor(key),
        }}
      />
      <Text span style={{ whiteSpace: "nowrap" }}>
        {outcomeLabel(key)}
      </Text>
    </Group>
  );
}

export const text = (v: unknown): string => (v == null ? "" : typeof v === "object" ? JSON.stringify(v) : String(v));

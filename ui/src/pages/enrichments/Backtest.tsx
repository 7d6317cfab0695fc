import { Group, List, NumberInput, Stack, Switch, Table, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { backtestQuery } from "../../api/queries/enrichments";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { Money } from "../../ui/MoneyText";
import { count } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";

/** What it would have bought, had it been live over the last days. Nothing is spent. */
export function Backtest({ name }: { name: string }) {
  const [days, setDays] = useState(90);
  const [asRun, setAsRun] = useState(false);
  const [asked] = useDebouncedValue(days, 400);
  const { data, error, refetch } = useQuery(backtestQuery(name, asked, asRun));
  return (
    <Stack gap="md" maw={760}>
      <Text>
        What it would have bought, had it been live over the last days, as it is defined now. It spends nothing.
      </Text>
      <Group align="flex-end">
        <NumberInput
          label="Days"
          w={100}
          min={1}
          max={366}
          allowDecimal={false}
          value={days}
          onChange={(n) => typeof n === "number" && n >= 1 && n <= 366 && setDays(n)}
        />
        <Switch
          label="As it was live and paused, under its limit of the time"
          checked={asRun}
          onChange={(e) => setAsRun(e.currentTarget.checked)}
          mb={8}
        />
      </Group>
      {error ? <ErrorNote error={error} retry={refetch} /> : data ? <Result of={data} /> : <Waiting />}
    </Stack>
  );
}

function Result({ of: b }: { of: Schemas["Backtest"] }) {
  const days = (b.by_day ?? []).filter((d) => d.entered + d.changed + d.refreshed > 0 || d.credits !== "0");
  return (
    <Stack gap="md">
      <section className="panel" style={{ padding: 16 }} aria-label="In all">
        <Text fw={600} size="lg">
          <Money credits={b.credits} both /> for {count(b.calls, "row")}
        </Text>
        <Text>
          The first run: {count(b.first_run_rows, "row")}, <Money credits={b.first_run_credits} />.{" "}
          {b.per_month_credits === null ? (
            "What a month costs is not known: these are less than three days."
          ) : (
            <>
              After it <Money credits={b.per_month_credits} /> a month.
            </>
          )}
        </Text>
        <Text>
          {b.limit_reached_at
            ? `The limit would have been reached on ${new Date(b.limit_reached_at).toLocaleString()}.`
            : "The limit would not have been reached."}
        </Text>
        {b.poll && (
          <Text>
            {b.poll.signals_low === null
              ? `Signals: ${b.poll.basis}.`
              : `Between ${b.poll.signals_low} and ${b.poll.signals_high} signals (${b.poll.basis}).`}
          </Text>
        )}
      </section>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Day (UTC)</Table.Th>
            <Table.Th ta="right">Entered</Table.Th>
            <Table.Th ta="right">Changed</Table.Th>
            <Table.Th ta="right">Refreshed</Table.Th>
            <Table.Th ta="right">Credits</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {days.map((d) => (
            <Table.Tr key={d.day}>
              <Table.Td>{d.day}</Table.Td>
              <Table.Td ta="right">{grouped(d.entered)}</Table.Td>
              <Table.Td ta="right">{grouped(d.changed)}</Table.Td>
              <Table.Td ta="right">{grouped(d.refreshed)}</Table.Td>
              <Table.Td ta="right">
                <Money credits={d.credits} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {days.length === 0 && <Text c="dimmed">Nothing would have been bought after the first run.</Text>}
      <section aria-label="Assumptions">
        <Text fw={600}>It goes by</Text>
        <List size="sm">
          {(b.assumptions ?? []).map((a) => (
            <List.Item key={a}>{a}</List.Item>
          ))}
        </List>
      </section>
    </Stack>
  );
}

import { Alert, Button, Group, Stack, Table, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { Bar, percent } from "../../ui/Bar";
import { grouped } from "../../ui/grouped";
import { count } from "../../ui/time";

type Hub = Schemas["HubView"];

/** How well every field was filled at the end of a day, beside now. Nothing can be filled in the past: it only tells. */
export function Then({ hub, day, onNow }: { hub: Hub; day: string; onNow: () => void }) {
  const [one, many] = hub.entity === "companies" ? ["company", "companies"] : ["person", "people"];
  const now = hub.then?.records_now ?? 0;
  const fields = [...(hub.fields ?? [])].sort((a, b) => Number(b.key) - Number(a.key));
  return (
    <Stack gap="sm">
      <Alert color="gray">
        <Group justify="space-between">
          <Text size="sm">
            At the end of {day} (UTC) there were {count(hub.records, one, many)}; now there are {grouped(now)}. Records
            that were merged since are counted apart, as they were then
            {hub.then?.erased
              ? `; ${count(hub.then.erased, "record")} erased since ${hub.then.erased === 1 ? "is" : "are"} not included`
              : ""}
            .
          </Text>
          <Button variant="default" size="xs" onClick={onNow}>
            Back to now
          </Button>
        </Group>
      </Alert>
      <div className="panel scroll-x">
        <Table verticalSpacing={7} className="stack">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field</Table.Th>
              <Table.Th w="26%">Then</Table.Th>
              <Table.Th w="26%">Now</Table.Th>
              <Table.Th ta="right" w={120}>
                Difference
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fields.map((f) => (
              <Table.Tr key={f.field}>
                <Table.Td data-rest>{f.label}</Table.Td>
                <Table.Td data-line data-label="Then">
                  <Rate label={f.label} filled={f.filled} of={hub.records} />
                </Table.Td>
                <Table.Td data-line data-label="Now">
                  {f.now && <Rate label={f.label} filled={f.now.filled} of={now} />}
                </Table.Td>
                <Table.Td ta="right" className="tabular" data-label="Difference">
                  {f.now && points(f.rate, f.now.rate)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Stack>
  );
}

function Rate({ label, filled, of }: { label: string; filled: number; of: number }) {
  const rate = percent(filled, of);
  return (
    <Group gap="xs" wrap="nowrap">
      <Text span size="sm" w={58} className="tabular">
        {rate}
      </Text>
      <div style={{ flex: 1 }}>
        <Bar
          label={`${label}: ${rate}`}
          total={of}
          parts={[{ value: filled, color: "var(--fettle-filled)", label: "filled" }]}
        />
      </div>
    </Group>
  );
}

/** The difference of two rates in points, with its sign. */
function points(then: number, now: number): string {
  const d = Math.round((now - then) * 1000) / 10;
  return d === 0 ? "0" : `${d > 0 ? "+" : "−"}${Math.abs(d).toFixed(1)} points`;
}

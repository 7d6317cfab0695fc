import { List, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { dueQuery } from "../../api/queries/runs";
import { ErrorNote } from "../../ui/ErrorNote";
import { Money } from "../../ui/MoneyText";
import { formatCredits } from "../../ui/money";
import { count } from "../../ui/time";

const day = (at: string) =>
  new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** How many rows come due by themselves in each of the next weeks, at today's price. */
export function DueWeeks({ name }: { name: string }) {
  const { data, error, refetch } = useQuery(dueQuery(name));
  if (error) return <ErrorNote error={error} retry={refetch} />;
  if (!data) return null;
  const weeks = data.weeks ?? [];
  const most = Math.max(1, ...weeks.map((w) => w.rows));
  const rows = weeks.reduce((sum, w) => sum + w.rows, 0);
  return (
    <section className="panel" style={{ padding: 16 }} aria-label="Comes due">
      <Text fw={600}>Comes due in the next twelve weeks</Text>
      <Text mb="xs">
        {rows === 0 ? (
          "No row comes due by itself."
        ) : (
          <>
            {count(rows, "row")}, at <Money credits={data.per_row_credits} /> a row, today's price.
            {data.overdue_rows > 0 && ` Of the first week, the time of ${count(data.overdue_rows, "row")} has passed.`}
            {data.paused && " It is not live: nothing is asked before it is."}
          </>
        )}
      </Text>
      {rows > 0 && (
        <ScrollArea>
          <Table verticalSpacing={2} maw={560}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Week from</Table.Th>
                <Table.Th aria-label="Share" />
                <Table.Th ta="right">Rows due</Table.Th>
                <Table.Th ta="right">Credits</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {weeks.map((w) => (
                <Table.Tr key={w.from} c={w.rows === 0 ? "dimmed" : undefined}>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>{day(w.from)}</Table.Td>
                  <Table.Td w="40%">
                    <div
                      aria-hidden
                      style={{
                        width: `${(100 * w.rows) / most}%`,
                        height: 8,
                        borderRadius: 2,
                        background: "var(--fettle-reused)",
                      }}
                    />
                  </Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {w.rows.toLocaleString("en-US")}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {formatCredits(w.expected_credits)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
      <Stack gap={0} mt="xs">
        <List size="xs" c="dimmed">
          {(data.assumptions ?? []).map((a) => (
            <List.Item key={a}>{a}</List.Item>
          ))}
        </List>
      </Stack>
    </section>
  );
}

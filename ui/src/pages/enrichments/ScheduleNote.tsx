import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { ApiError, type Schemas } from "../../api/client";
import { useResume } from "../../api/queries/enrichments";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { about, formatCredits } from "../../ui/money";
import { May } from "../../ui/Permitted";
import { count } from "../../ui/time";

type Enrichment = Schemas["EnrichmentView"];

/** A time on the clock of the schedule's zone. */
const onClock = (at: string, zone: string) =>
  new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(at));

/** When what is due of an enrichment leaves, and what the last times came to. */
export function ScheduleNote({ of }: { of: Enrichment }) {
  if (!of.schedule) return null;
  const { text, zone, working } = of.schedule;
  const ticks = of.ticks ?? [];
  return (
    <section className="panel" style={{ padding: 16 }} aria-label="Schedule">
      <Stack gap="xs">
        <Group justify="space-between">
          <div>
            <Text fw={600} component="h2">
              {text}
            </Text>
            <Text c="dimmed">
              {working ? "A tick works now. " : ""}Next:{" "}
              {(of.next_ticks ?? []).map((t) => onClock(t, zone)).join(" · ") || "none"}
            </Text>
            {of.schedule_rows ? (
              <Text>
                {count(of.schedule_rows, "row")} {of.schedule_rows === 1 ? "waits" : "wait"} for the next.
              </Text>
            ) : null}
          </div>
          {of.state === "live" && !working && <RunNow of={of} />}
        </Group>
        {ticks.length > 0 && (
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Tick</Table.Th>
                <Table.Th>What became of it</Table.Th>
                <Table.Th ta="right">Estimate</Table.Th>
                <Table.Th ta="right">Paid</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {ticks.map((t) => (
                <Table.Tr key={t.at}>
                  <Table.Td>{onClock(t.at, zone)}</Table.Td>
                  <Table.Td>{states[t.state] ?? t.state}</Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {t.expected_credits == null
                      ? ""
                      : `${count(t.to_run ?? 0, "row")}, ${formatCredits(about(t.expected_credits, t.high_credits))} expected`}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {t.run_id ? `${count(t.rows, "row")}, ${formatCredits(t.spent_credits)}` : ""}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Stack>
    </section>
  );
}

const states: Record<string, string> = {
  working: "works",
  done: "done",
  limit: "the limit of the run is used up",
  nothing: "nothing was due",
  skipped: "skipped: the one before was still running",
  ended: "ended early",
};

/** What is due leaves now, without waiting for the next time. */
function RunNow({ of }: { of: Enrichment }) {
  const resume = useResume();
  const [price, setPrice] = useState<ApiError | null>(null);
  const run = (confirm?: boolean) =>
    resume.mutate(
      { name: of.name, now: true, confirm },
      {
        onSuccess: () => setPrice(null),
        onError: (err) => err instanceof ApiError && err.code === "confirm" && setPrice(err),
      },
    );
  return (
    <div>
      <May to="spend">
        <Button variant="default" onClick={() => run()} loading={resume.isPending}>
          Run now
        </Button>
      </May>
      {!price && <ErrorNote error={resume.error} />}
      <Confirm
        opened={price !== null}
        title="Run it now?"
        action="Run now"
        busy={resume.isPending}
        onConfirm={() => run(true)}
        onClose={() => setPrice(null)}
      >
        <Text>{price?.message}.</Text>
      </Confirm>
    </div>
  );
}

import { Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { Bar } from "../../ui/Bar";
import { grouped } from "../../ui/grouped";
import { useAudienceLabel } from "../../ui/labels";
import { Money } from "../../ui/MoneyText";
import { approx, creditsText, formatCredits, fromMicro, micro } from "../../ui/money";
import { count } from "../../ui/time";
import { foreseen } from "./foreseen";
import { allDone, LimitMeter } from "./LimitMeter";
import { next } from "./next";
import classes from "./Overview.module.css";
import { allRows, doneRows, outcomes, rowParts } from "./outcomes";
import { expectedOf } from "./price/expected";
import { StaleNote } from "./StaleNote";
import { WhyFast } from "./WhyFast";

type Enrichment = Schemas["EnrichmentView"];

/** How it stands, in words and numbers, where there is little room. */
export function Overview({ of }: { of: Enrichment }) {
  const audience = useAudienceLabel();
  return (
    <Stack gap="lg">
      <RowsSoFar of={of} />
      <Facts of={of}>
        <Fact label="Spend against limit">
          <LimitMeter limit={of.limit ?? undefined} held={approx(of.unknown_credits)} done={allDone(of)} />
          {micro(of.reserved_credits) > 0n && (
            <Text size="xs" c="dimmed">
              {formatCredits(of.reserved_credits)} reserved for calls in flight
            </Text>
          )}
          {micro(of.unknown_credits) > 0n && (
            <Text size="xs">
              <Link to="/credits" search={{ tab: "unknown" }} style={{ color: "var(--fettle-unknown-text)" }}>
                {formatCredits(of.unknown_credits)} held: may have been billed
              </Link>
            </Text>
          )}
          {micro(of.overrun_credits) > 0n && (
            <Text size="xs" c="red">
              {formatCredits(of.overrun_credits)} billed above the stated maximum
            </Text>
          )}
        </Fact>
        <Fact label="What happens next">
          <Text>{next(of, audience)}</Text>
        </Fact>
      </Facts>
      <WhyFast of={of} />
      <StaleNote of={of} />
    </Stack>
  );
}

/** The rows by what became of them; each count leads to its rows. */
export function RowsSoFar({ of }: { of: Enrichment }) {
  const done = doneRows(of.rows);
  const total = allRows(of);
  const shown = outcomes.filter((o) => of.rows[o.key] > 0);
  return (
    <section>
      <Group justify="space-between" mb={6}>
        <Text fw={600}>
          {grouped(done)} of {count(total, "row")} done
          {of.planning ? ", more are being opened" : ""}
        </Text>
        <Text c="dimmed">
          {count(of.remaining_rows, "row")} remaining
          {of.reusable_rows ? `, ${grouped(of.reusable_rows)} of them bought already, free` : ""}
          {of.idle_rows ? `, ${grouped(of.idle_rows)} with nothing to ask` : ""}
          {of.held_rows ? `, ${grouped(of.held_rows)} held by other calls` : ""}
          {of.in_flight > 0
            ? `, ${count(of.in_flight, "call")} in flight (at most ${creditsText(of.in_flight_credits)})`
            : ""}
        </Text>
      </Group>
      <Bar parts={rowParts(of.rows)} total={total} height={12} label={count(total, "row")} />
      <SimpleGrid cols={{ base: 2, sm: 4, xl: 6 }} mt="sm" spacing="sm">
        {shown.map((o) => (
          <Link
            key={o.key}
            to="/enrichments/$name"
            params={{ name: of.name }}
            search={{ tab: "rows", outcome: o.key }}
            style={{ color: "inherit", textDecoration: "none" }}
            title={o.means}
          >
            <Group gap={6} wrap="nowrap">
              <span
                style={{
                  flex: "none",
                  width: 8,
                  height: 8,
                  borderRadius: 4,
                  background: o.color,
                  border: "1px solid var(--fettle-line)",
                }}
              />
              <Text c="dimmed" size="xs">
                {o.label}
              </Text>
            </Group>
            <Text fw={600} size="lg" className="tabular">
              {grouped(of.rows[o.key])}
            </Text>
          </Link>
        ))}
      </SimpleGrid>
      {of.departed_rows ? (
        <Text c="dimmed" size="xs" mt="sm">
          {count(of.departed_rows, "more row")} of records that left the audience or were deleted: not counted here.
        </Text>
      ) : null}
    </section>
  );
}

/** What reuse saved and what was estimated beside what was paid, after what else is said. */
export function Facts({ of, children }: { of: Enrichment; children?: ReactNode }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: children ? 4 : 2 }} spacing="lg" className={`panel ${classes.facts}`}>
      {children}
      <Fact label="Saved by reuse so far">
        <Text fw={600} size="lg" c={micro(of.saved_credits) > 0n ? "var(--fettle-reused-text)" : undefined}>
          <Money credits={of.saved_credits} />
        </Text>
        <Text size="xs" c="dimmed">
          {count(of.rows.reused, "row")} bought before, not paid again
        </Text>
      </Fact>
      {of.estimate && <BesideActual of={of} estimate={of.estimate} />}
    </SimpleGrid>
  );
}

function BesideActual({ of, estimate }: { of: Enrichment; estimate: Schemas["Estimate"] }) {
  const rows = of.run_rows - (estimate.before_rows ?? 0);
  const paid = fromMicro(micro(of.run_spent_credits) - micro(estimate.before_credits));
  const ahead = of.definition.follow ? foreseen(estimate, Date.now()) : undefined;
  return (
    <Fact label="Estimate beside actual">
      <div className={`${classes.beside} tabular`}>
        <span />
        <span>rows</span>
        <span>credits</span>
        <span>Estimate</span>
        <b>{grouped(estimate.to_run)}</b>
        <b>{formatCredits(expectedOf(estimate))}</b>
        {ahead && (
          <>
            <span>Foreseen by now</span>
            <span />
            <b>{formatCredits(ahead, 0)}</b>
          </>
        )}
        <span>Paid</span>
        <b>{grouped(rows)}</b>
        <b>{formatCredits(paid)}</b>
      </div>
      <Text size="xs" c="dimmed">
        Since it was {estimate.before_rows ? "last resumed" : "started"}. At most, the estimate said{" "}
        {formatCredits(estimate.high_credits)}.
        {of.definition.follow &&
          (ahead
            ? ` Foreseen is the first run, and what enters and is refreshed by the ${estimate.outlook?.history_days} days before.`
            : " What enters since is paid too: there was too little history to foresee it.")}
      </Text>
    </Fact>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section>
      <Text c="dimmed" size="xs" mb={4}>
        {label}
      </Text>
      {children}
    </section>
  );
}

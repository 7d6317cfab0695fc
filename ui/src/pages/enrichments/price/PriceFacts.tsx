import { SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Schemas } from "../../../api/client";
import { providersQuery } from "../../../api/queries/providers";
import { grouped } from "../../../ui/grouped";
import { useAudienceLabel } from "../../../ui/labels";
import { Money } from "../../../ui/MoneyText";
import { about, creditsText, formatCredits, micro } from "../../../ui/money";
import { count } from "../../../ui/time";
import { sentence } from "../../../ui/words";
import { rowsAtMost } from "./atMost";
import { expectedOf } from "./expected";
import classes from "./PriceFacts.module.css";

type Enrichment = Schemas["EnrichmentView"];
type Estimate = Schemas["Estimate"];

/** What stands beside the button: the price, who bills, what comes after. */
export function PriceFacts({ of, estimate }: { of: Enrichment; estimate: Estimate }) {
  const audience = useAudienceLabel();
  return (
    <div className={classes.facts}>
      <Fact label="Price">
        {micro(estimate.unlimited_credits) > micro(estimate.high_credits) && (
          <Text>
            All rows would cost at most <Money credits={estimate.unlimited_credits} both />. Within what the limits
            leave:
          </Text>
        )}
        <div className={`${classes.prices} tabular`}>
          <Price label="lowest" credits={estimate.low_credits} />
          <Price label="expected, about" credits={expectedOf(estimate)} strong />
          <Price label="highest" credits={estimate.high_credits} />
        </div>
        <Text size="xs" c="dimmed">
          {estimate.to_run > 0 ? (
            <>
              Credits for {rowWords(estimate)}; one costs at most <Money credits={estimate.per_row_credits} both />.
            </>
          ) : (
            "There is nothing to buy."
          )}
        </Text>
        {(estimate.basis ?? []).map((b) => (
          <Text key={b} size="xs" c="dimmed">
            {sentence(b)}
          </Text>
        ))}
      </Fact>
      <Fact label="What is left">
        <Text>
          {estimate.limit_left_credits != null && (
            <>
              The limit leaves <Money credits={estimate.limit_left_credits} both />.{" "}
            </>
          )}
          {estimate.limit_left_records != null && `The limit leaves ${count(estimate.limit_left_records, "record")}.`}
          {estimate.limit_left_credits == null && estimate.limit_left_records == null && "No limit."}
        </Text>
        <Text>
          {estimate.balance_credits == null ? (
            "No balance set: only limits apply."
          ) : (
            <>
              The balance is <Money credits={estimate.balance_credits} both />.
            </>
          )}
        </Text>
        {(estimate.vendor_balances ?? []).map((v) => (
          <Text key={v.provider}>
            {v.left == null
              ? `${v.title} does not say what is left on the account there.`
              : `${v.title} has ${formatCredits(v.left)} ${v.unit === "credit" ? "of its credits" : v.unit} left; about ${formatCredits(v.wanted)} are wanted.`}
          </Text>
        ))}
        {micro(estimate.saved_credits) > 0n && (
          <Text c="var(--fettle-reused-text)">
            {count(estimate.reused, "value")} bought already {estimate.reused === 1 ? "costs" : "cost"} nothing again:
            that saves <Money credits={about(estimate.saved_credits, estimate.per_row_credits)} both />.
          </Text>
        )}
      </Fact>
      <Fact label="Records">
        <SimpleGrid cols={2} spacing="xs">
          <Names label="To buy" of={estimate.sample_run} />
          <Names label="Bought already" of={estimate.sample_reused} />
        </SimpleGrid>
      </Fact>
      <Fact label="Who bills">
        <Payers steps={of.definition.steps} />
      </Fact>
      <Fact label="Afterwards">
        <Text>
          {of.definition.follow
            ? `It follows ${of.audience.map(audience).join(", ")}: records that enter are bought as they come, within the limit.${perMonth(estimate)}`
            : "It runs once and then stops by itself."}
        </Text>
        <Ahead of={estimate.outlook} />
      </Fact>
      <Fact label="To stop it">
        <Text>Press Pause at any time. No new calls are made; those in flight finish and are paid for once.</Text>
      </Fact>
    </div>
  );
}

/** "14 rows"; where a limit cuts them, "about 10 of 14 rows". */
function rowWords(e: Estimate): string {
  const rows = rowsAtMost(e);
  return rows < e.to_run ? `about ${grouped(rows)} of ${count(e.to_run, "row")}` : count(rows, "row");
}

/** What it would spend once it is live, with what that goes by. */
function Ahead({ of: o }: { of: Estimate["outlook"] }) {
  if (!o || o.history_days < 3) return null;
  return (
    <Text title={(o.assumptions ?? []).join("\n")}>
      By the last {o.history_days} days that is about {creditsText(o.per_day_credits)} a day, and{" "}
      {formatCredits(o.per_month_credits)} in the first month after the first run.
      {o.limit_reached_at ? ` The limit is reached around ${new Date(o.limit_reached_at).toLocaleDateString()}.` : ""}
    </Text>
  );
}

/** What refreshing costs; nothing where the rows are not refreshed. */
const perMonth = (e: Estimate) =>
  micro(e.per_month_credits) > 0n
    ? ` Refreshing its rows costs about ${creditsText(e.per_month_credits)} a month at this price.`
    : "";

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section className={classes.fact}>
      <h3>{label}</h3>
      <Stack gap={4}>{children}</Stack>
    </section>
  );
}

function Price({ label, credits, strong }: { label: string; credits: string; strong?: boolean }) {
  return (
    <div>
      <Text fw={strong ? 600 : 450} size={strong ? "lg" : "sm"}>
        {formatCredits(credits)}
      </Text>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
    </div>
  );
}

function Names({ label, of }: { label: string; of: Schemas["Sample"][] | null }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      {(of ?? []).map((s) => (
        <Text key={s.record_id} truncate title={s.name}>
          {s.name || `#${s.record_id}`}
        </Text>
      ))}
      {(of ?? []).length === 0 && <Text c="dimmed">none</Text>}
    </div>
  );
}

/** Which key each step is billed on. */
function Payers({ steps }: { steps: Schemas["Step"][] }) {
  const providers = useQuery(providersQuery).data?.items;
  if (!providers) return <Skeleton h={18} />;
  const names = [...new Set(steps.map((s) => providerOf(s.provider, providers)?.name ?? s.provider))];
  return names.map((name) => {
    const p = providers.find((x) => x.name === name);
    if (!p) return <Text key={name}>{name}</Text>;
    if (p.kind === "formula") return <Text key={name}>Formula: computed here, free.</Text>;
    const key = p.simulated
      ? "answers are made up, nobody bills"
      : p.key_from
        ? `your key (${p.key_from})`
        : p.needs_key
          ? "your key"
          : "no key needed";
    return (
      <Text key={name}>
        {p.title}: {key}.
      </Text>
    );
  });
}

/** The provider of "sandbox/find_email", or of "llm/openai". */
export const providerOf = (operation: string, all: Schemas["ProviderView"][]) =>
  all.find((p) => p.operations.some((o) => o.id === operation)) ??
  all.find((p) => p.name === operation.split(/[/@]/)[0]);

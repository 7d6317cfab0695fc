import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { enrichmentQuery, enrichmentsQuery } from "../../api/queries/enrichments";
import { Bar, percent } from "../../ui/Bar";
import { SideDialog } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { sourceWords, useAudienceLabel, useEnrichmentLabel } from "../../ui/labels";
import { creditsText, formatCredits, micro } from "../../ui/money";
import { Only } from "../../ui/Permitted";
import { age, count } from "../../ui/time";
import { begun, triedBefore } from "../enrichments/begun";
import { Overview } from "../enrichments/Overview";
import { Pilot } from "../enrichments/Pilot";
import { PricePanel } from "../enrichments/price/PricePanel";
import { StateBadge } from "../enrichments/StateBadge";
import { blankCauses, fillParts } from "./blanks";
import { Elsewhere } from "./Elsewhere";
import { NewFill } from "./NewFill";
import { RateTrend } from "./RateTrend";
import { within } from "./within";

type Field = Schemas["HubField"];
type Hub = Schemas["HubView"];

/** From a gap to the enrichment that fills it, its ten rows, its price and its start. */
export default function GapDrawer({ field, hub, onClose }: { field: Field; hub: Hub; onClose: () => void }) {
  const known = useQuery(enrichmentsQuery).data?.items;
  const all = known ?? [];
  const can = all.filter(
    (e) => e.entity === hub.entity && Object.values(e.definition.outputs ?? {}).includes(field.field),
  );
  const [chosen, setChosen] = useState<string>();
  const name = chosen ?? can[0]?.name;
  const audience = hub.audience ?? (hub.entity === "people" ? "all-people" : "all-companies");
  return (
    <SideDialog
      opened
      onClose={onClose}
      position="right"
      size="min(760px, 100vw)"
      title={`${field.label}: ${percent(field.filled, hub.records)} filled`}
    >
      <Stack gap="lg">
        <Health of={field} records={hub.records} />
        <RateTrend of={field} />
        <section>
          <Text fw={600} component="h2" mb="xs">
            What can fill it
          </Text>
          {can.length === 0 ? (
            <Stack gap="sm">
              <Text c="dimmed">
                No enrichment fills {field.label} yet. Make one here, or with more choices in the editor.
              </Text>
              {known && <NewFill entity={hub.entity} audience={audience} field={field} onMade={setChosen} />}
            </Stack>
          ) : (
            <Radio.Group value={name} onChange={setChosen} aria-label="Enrichment">
              <Stack gap={6}>
                {can.map((e) => (
                  <Radio
                    key={e.name}
                    value={e.name}
                    label={<Option of={e} rest={(field.fill_rest ?? []).find((r) => r.enrichment === e.name)} />}
                  />
                ))}
              </Stack>
            </Radio.Group>
          )}
          <Group mt="sm">
            <Only to="edit">
              <Button
                variant="default"
                renderRoot={(props) => (
                  <Link
                    {...props}
                    to="/enrichments/new"
                    search={{
                      field: field.field,
                      audience: hub.audience,
                      entity: hub.entity === "companies" ? "companies" : undefined,
                    }}
                  />
                )}
              >
                New enrichment for {field.label}
              </Button>
            </Only>
          </Group>
        </section>
        {name && <Act name={name} audience={audience} />}
      </Stack>
    </SideDialog>
  );
}

function Option({ of, rest }: { of: Schemas["EnrichmentView"]; rest: Schemas["HubFillRest"] | undefined }) {
  const called = useAudienceLabel();
  return (
    <Group gap="xs">
      <Text fw={550}>{of.label}</Text>
      <StateBadge of={of} />
      <Text c="dimmed">
        on {of.audience.map(called).join(", ")}
        {rest
          ? rest.rows === 0
            ? " · nothing left to ask"
            : ` · ${count(rest.rows, "row")} ≈ ${creditsText(rest.unlimited_expected_credits, 0)}${within(rest)}${rest.age_seconds ? ` (${rest.age_seconds} s ago)` : ""}`
          : ""}
      </Text>
    </Group>
  );
}

/** The chosen enrichment: ten rows, price and start; or how it runs already. */
function Act({ name, audience }: { name: string; audience: string }) {
  const { data: of, error } = useQuery(enrichmentQuery(name));
  const called = useAudienceLabel();
  if (!of) return <ErrorNote error={error} />;
  // Above what changes with the state: its dialogs stay open over a pause.
  return (
    <Stack gap="md">
      {!of.audience.includes(audience) && <Elsewhere of={of} audience={audience} />}
      {of.state === "live" ? (
        <section className="panel" style={{ padding: 14 }}>
          {of.audience.includes(audience) && (
            <Text mb="sm">
              {of.label} is live on {of.audience.map(called).join(", ")}.
            </Text>
          )}
          <Overview of={of} />
          <Button component={Link} to={`/enrichments/${name}`} variant="default" mt="sm">
            Open {of.label}
          </Button>
        </section>
      ) : (
        <Begin of={of} />
      )}
    </Stack>
  );
}

/** Ten rows, the price and the start of what does not run. */
function Begin({ of }: { of: Schemas["EnrichmentView"] }) {
  return (
    <>
      {begun(of) ? (
        <section className="panel" style={{ padding: 14 }}>
          <Overview of={of} />
        </section>
      ) : null}
      {of.limit && !begun(of) && (
        <section className="panel" style={{ padding: 14 }}>
          <Text fw={600} component="h2" mb="xs">
            {triedBefore(of) ? "Try 10 more" : "Try 10 rows first"}
          </Text>
          <Pilot of={of} />
        </section>
      )}
      <section className="panel" style={{ padding: 14 }}>
        <Text fw={600} component="h2" mb="xs">
          {of.limit ? "The price" : "A limit"}
        </Text>
        <PricePanel
          key={`${of.version}-${of.state}-${of.limit?.credits}-${of.limit?.records}-${of.paid_rows}`}
          of={of}
        />
      </section>
    </>
  );
}

function Health({ of, records }: { of: Field; records: number }) {
  const called = useEnrichmentLabel();
  const sources = Object.entries((of.sources ?? {}) as Record<string, number>).sort((a, b) => b[1] - a[1]);
  return (
    <Stack gap={6}>
      <Bar parts={fillParts(of)} total={records} height={12} label={`${of.label}: ${percent(of.filled, records)}`} />
      <Text>
        {grouped(of.filled)} of {grouped(records)} filled
        {sources.length > 0 &&
          ` (${sources.map(([n, c]) => `${grouped(c)} from ${sourceWords(n, called)}`).join(", ")})`}
        {of.filled > 0 &&
          `, ${of.median_age_days < 1 ? "most of them today" : `half of them older than ${age(of.median_age_days)}`}`}
        .
      </Text>
      <Text c="dimmed">
        {blankCauses(of)
          .map((c) => c.text)
          .join(", ") || "No blanks"}
        .
        {micro(of.cost_credits) > 0n &&
          ` It has cost ${creditsText(of.cost_credits)}, ${formatCredits(of.cost_per_filled_credits)} for each filled value.`}
      </Text>
    </Stack>
  );
}

import { Anchor, Button, Checkbox, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, type Schemas } from "../../../api/client";
import { estimateQuery, useSetEnrichmentLimit } from "../../../api/queries/enrichments";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useCreditUSD } from "../../../ui/MoneyText";
import { creditsText, formatCredits, micro } from "../../../ui/money";
import { May, WhyNot } from "../../../ui/Permitted";
import { count } from "../../../ui/time";
import { atMost, rowsAtMost, under } from "../price/atMost";
import { Grown } from "../price/Grown";
import { Short, shortOf } from "../price/Short";
import { enoughFor } from "./enough";
import { LimitWords } from "./LimitWords";
import { creditsError, recordsError } from "./limitInput";
import { ResumePrice } from "./ResumePrice";

type Per = "lifetime" | "day" | "month" | "run";
export const periods = [
  { value: "lifetime", label: "over its whole life" },
  { value: "day", label: "a day (UTC)" },
  { value: "month", label: "a month (UTC)" },
  { value: "run", label: "a run" },
];

type Props = { of: Schemas["EnrichmentView"]; estimate?: Schemas["Estimate"]; onResumed?: () => void };

/** Whether there is something to buy, and not one row of it fits. */
const noneFits = (e: Schemas["Estimate"]) =>
  e.to_run > 0 && (rowsAtMost(e) < 1 || micro(atMost(e)) <= 0n) && micro(e.per_row_credits) > 0n;

/** Sets an enrichment's limit; what is typed is shown in credits, money and rows. */
export function LimitForm({ of, estimate: given, onResumed }: Props) {
  const set = useSetEnrichmentLimit();
  const [credits, setCredits] = useState(of.limit?.credits ?? "");
  const [records, setRecords] = useState(String(of.limit?.records ?? ""));
  const [grown, setGrown] = useState<{ before: Schemas["Estimate"]; now: Schemas["Estimate"] } | null>(null);
  const [per, setPer] = useState<Per>((of.limit?.per as Per) ?? "lifetime");
  const [none, setNone] = useState(of.limit?.none ?? false);
  const usd = useCreditUSD();
  const stopped = of.state === "paused" && (of.pause_reason === "limit" || of.pause_reason === "balance");
  const asked = useQuery({ ...estimateQuery(of.name), enabled: stopped || (!given && of.state === "draft") });
  const estimate = grown?.now ?? (stopped ? asked.data : undefined) ?? given;
  const priced =
    estimate &&
    (none
      ? {
          ...estimate,
          high_credits: estimate.unlimited_credits,
          limit_left_credits: null,
          limit_left_records: null,
        }
      : under(estimate, of.limit, { credits, records, per }));
  const enough = enoughFor(of, estimate, per);
  const wrong = !none && Boolean(creditsError(credits) || recordsError(records));
  const empty = wrong || (!none && !credits.trim() && !records.trim());
  const full = Boolean(priced && noneFits(priced));
  const short = shortOf(set.error);
  const save = (resume: boolean, confirm?: boolean) =>
    set.mutate(
      none
        ? { name: of.name, none: true, resume, confirm, estimate_id: resume ? estimate?.id : undefined }
        : {
            name: of.name,
            credits: credits.trim() || undefined,
            records: records.trim() ? Number(records) : undefined,
            per,
            resume,
            confirm,
            estimate_id: resume ? estimate?.id : undefined,
          },
      {
        onSuccess: () => {
          if (resume) onResumed?.();
          else
            notifications.show({
              id: `limit-${of.name}`,
              title: "Limit saved",
              message: saved({ credits, records, per, none }),
            });
        },
        onError: (err) => {
          const now = err instanceof ApiError && err.code === "confirm" ? err.details.estimate : undefined;
          if (now && estimate) setGrown({ before: estimate, now: now as Schemas["Estimate"] });
        },
      },
    );
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (!empty) save(false);
      }}
    >
      <Stack gap="xs">
        <Group align="flex-start" gap="xs">
          <TextInput
            label="Credits"
            w={110}
            disabled={none}
            inputMode="decimal"
            value={none ? "" : credits}
            onChange={(e) => setCredits(e.currentTarget.value)}
            error={!none && creditsError(credits)}
            placeholder="1000"
          />
          <TextInput
            label="Records"
            w={110}
            disabled={none}
            inputMode="numeric"
            value={none ? "" : records}
            onChange={(e) => setRecords(e.currentTarget.value)}
            error={!none && recordsError(records)}
            placeholder="any"
          />
          <Select
            label="Counted"
            w={170}
            data={periods}
            value={per}
            onChange={(v) => setPer((v as Per) ?? "lifetime")}
            disabled={none}
            allowDeselect={false}
          />
        </Group>
        <LimitWords
          credits={none ? "" : credits}
          per={per}
          usd={usd}
          of={of}
          perRow={(estimate ?? asked.data)?.per_row_credits}
        />
        {!none && enough && enough !== credits && (
          <Text size="xs">
            {creditsText(enough)} in all are enough for the {count(estimate?.to_run ?? 0, "row")} to buy.{" "}
            <Anchor component="button" type="button" size="xs" onClick={() => setCredits(enough)}>
              Set {formatCredits(enough)}
            </Anchor>
          </Text>
        )}
        <Checkbox
          label="No limit: spend whatever the rows cost"
          checked={none}
          onChange={(e) => setNone(e.currentTarget.checked)}
        />
        {grown && <Grown {...grown} />}
        {short && <Short of={short} busy={set.isPending} onAnyway={() => save(true, true)} />}
        <ErrorNote error={set.error instanceof ApiError && set.error.code === "confirm" ? null : set.error} />
        {stopped && !asked.data && <ErrorNote error={asked.error} retry={() => void asked.refetch()} />}
        {stopped && priced && !wrong && <ResumePrice of={of} estimate={priced} full={full} usd={usd} />}
        <Group gap="xs">
          <May to="spend">
            <Button
              type="submit"
              variant={stopped || of.state === "live" ? "default" : "filled"}
              disabled={empty}
              loading={set.isPending}
            >
              {of.limit ? "Set the limit" : "Set this limit"}
            </Button>
          </May>
          {stopped && (
            <May to="spend">
              <Button disabled={empty || full || !priced} loading={set.isPending} onClick={() => save(true)}>
                Raise and resume
              </Button>
            </May>
          )}
          <WhyNot to="spend" />
        </Group>
        {stopped && (
          <Text size="xs" c="dimmed">
            Resuming goes on from the same row, within the new limit.
          </Text>
        )}
      </Stack>
    </form>
  );
}

/** "1,000 credits or 50 records over its whole life". */
function saved(of: { credits: string; records: string; per: Per; none: boolean }): string {
  if (of.none) return "No limit: spend whatever the rows cost.";
  const what = [
    of.credits.trim() && creditsText(of.credits),
    of.records.trim() && count(Number(of.records), "record"),
  ].filter(Boolean);
  return `${what.join(" and ")} ${periods.find((p) => p.value === of.per)?.label ?? ""}.`;
}

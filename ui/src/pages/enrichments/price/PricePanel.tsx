import { Alert, Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, type Schemas } from "../../../api/client";
import { estimateQuery, useResume, useStart } from "../../../api/queries/enrichments";
import { fieldsQuery } from "../../../api/queries/records";
import { ErrorNote } from "../../../ui/ErrorNote";
import { grouped } from "../../../ui/grouped";
import { useCreditUSD } from "../../../ui/MoneyText";
import { creditsText, formatMoney, micro } from "../../../ui/money";
import { May, WhyNot } from "../../../ui/Permitted";
import { count, readable } from "../../../ui/time";
import { Waiting } from "../../../ui/Waiting";
import { Grant } from "../../credits/Grant";
import { begun, FEW, triesFirst } from "../begun";
import { LimitForm } from "../dialogs/LimitForm";
import { labelsOf, outputFields, things } from "../things";
import { atMost, buyWords, firstAtMost } from "./atMost";
import { CompareModels } from "./CompareModels";
import { EstimateRows } from "./EstimateRows";
import { expectedOf } from "./expected";
import { Grown } from "./Grown";
import { NoRoom } from "./NoRoom";
import { PriceFacts } from "./PriceFacts";
import { Short, shortOf } from "./Short";
import { Unready } from "./Unready";

type Enrichment = Schemas["EnrichmentView"];
type Estimate = Schemas["Estimate"];

/** The price, what it buys, and the button that promises it. */
export function PricePanel({ of, onStarted }: { of: Enrichment; onStarted?: () => void }) {
  const usd = useCreditUSD();
  const [skipExpired, setSkipExpired] = useState(false);
  const shown = useQuery(estimateQuery(of.name, skipExpired ? { skip_expired: true } : {}));
  const [grown, setGrown] = useState<{ before: Estimate; now: Estimate } | null>(null);
  const estimate = grown?.now ?? shown.data;
  if (!of.limit) {
    return (
      <Stack gap="sm">
        <Text>Set a limit first. It is never exceeded, whatever happens.</Text>
        <LimitForm of={of} estimate={estimate} />
      </Stack>
    );
  }
  const failed = <Unready of={of} error={shown.error} retry={() => void shown.refetch()} />;
  if (!estimate) return shown.error ? failed : <Waiting rows={5} />;
  return (
    <Stack gap="md">
      {failed}
      {grown && <Grown {...grown} />}
      <EstimateRows of={estimate} />
      {(estimate.expired_rows ?? 0) > 0 && (
        <Checkbox
          label={`Run ${count(estimate.expired_rows ?? 0, "record")} whose time ran out in the pause too (${creditsText(expectedOf(estimate, estimate.expired_credits ?? "0"))} expected)`}
          checked={!skipExpired}
          onChange={(e) => {
            setGrown(null);
            setSkipExpired(!e.currentTarget.checked);
          }}
        />
      )}
      {estimate.pilot_advised && (
        <Alert color="blue">
          {readable(estimate.pilot_why ?? "")} Those cost at most {creditsText(firstAtMost(estimate, FEW))} (
          {formatMoney(firstAtMost(estimate, FEW), usd)}).
        </Alert>
      )}
      {(estimate.no_room ? [] : (estimate.warnings ?? [])).map((w) => (
        <Alert key={w} color="yellow">
          {readable(w)}
        </Alert>
      ))}
      <StartButton
        of={of}
        estimate={estimate}
        skipExpired={skipExpired}
        onStarted={onStarted}
        onGrown={(now) => setGrown({ before: estimate, now })}
      />
      <PriceFacts of={of} estimate={estimate} />
      <CompareModels of={of} estimate={estimate} />
    </Stack>
  );
}

/** What costs nothing: values that were bought before, and what a formula works out. */
function forFree(e: Estimate): string {
  const parts = [
    e.computed > 0 && `${grouped(e.computed)} worked out for free`,
    (e.reused > 0 || e.computed === 0) && `${grouped(e.reused)} reused for free`,
  ];
  return parts.filter(Boolean).join(", ");
}

/** Whether it goes on with rows that it had begun: anything else is a start. */
const resumes = (of: Enrichment, estimate: Estimate) =>
  of.state === "paused" &&
  (of.run_id ?? 0) > 0 &&
  of.pause_reason !== "finished" &&
  of.rows.pending + of.rows.waiting + (estimate.expired_rows ?? 0) > 0;

type ButtonProps = {
  of: Enrichment;
  estimate: Estimate;
  skipExpired: boolean;
  onStarted?: () => void;
  onGrown: (now: Estimate) => void;
};

function StartButton({ of, estimate, skipExpired, onStarted, onGrown }: ButtonProps) {
  const start = useStart();
  const resume = useResume();
  const labels = labelsOf(useQuery(fieldsQuery(of.entity)).data?.items);
  const usd = useCreditUSD();
  const resuming = resumes(of, estimate);
  const act = resuming ? resume : start;
  const label =
    estimate.to_run === 0
      ? `${resuming || (begun(of) && of.pause_reason !== "finished") ? "Resume" : "Start"}: nothing to buy, ${forFree(estimate)}`
      : `${buyWords(estimate, (n) => things(n, outputFields(of.definition), labels))} (${formatMoney(atMost(estimate), usd)})`;
  const go = (confirm?: boolean) =>
    act.mutate(
      { name: of.name, estimate_id: estimate.id, confirm, skip_expired: skipExpired || undefined },
      {
        onSuccess: onStarted,
        onError: (err) => {
          const now =
            err instanceof ApiError && err.code === "confirm"
              ? (err.details.estimate as Estimate | undefined)
              : undefined;
          if (now) onGrown(now);
        },
      },
    );
  const refused = act.error instanceof ApiError && act.error.code === "confirm" ? null : act.error;
  const short = shortOf(act.error);
  const nothingLeft = Boolean(estimate.no_room);
  return (
    <Stack gap="xs">
      <ErrorNote error={refused} />
      {refused instanceof ApiError && refused.details.no_room_of === "balance" && <Grant filled />}
      {short && <Short of={short} busy={act.isPending} onAnyway={() => go(true)} />}
      {nothingLeft && <NoRoom of={of} estimate={estimate} onResumed={onStarted} />}
      {!nothingLeft && (
        <Group>
          <May to="spend">
            <Button
              size="sm"
              variant={triesFirst(of, micro(estimate.high_credits)) ? "default" : "filled"}
              loading={act.isPending}
              onClick={() => go()}
            >
              {label}
            </Button>
          </May>
          <WhyNot to="spend" />
        </Group>
      )}
    </Stack>
  );
}

import { Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../../api/client";
import { recordsPriceQuery, useRunRecords } from "../../../api/queries/enrichments";
import type { Choice } from "../../../api/queries/records";
import { Confirm } from "../../../ui/Confirm";
import { useAudienceLabel } from "../../../ui/labels";
import { useCreditUSD } from "../../../ui/MoneyText";
import { creditsText, formatMoney } from "../../../ui/money";
import { count, readable } from "../../../ui/time";
import { Waiting } from "../../../ui/Waiting";
import { atMost, rowsAtMost } from "../../enrichments/price/atMost";
import { EstimateRows } from "../../enrichments/price/EstimateRows";

type Enrichment = Schemas["EnrichmentView"];

/** What chosen records would cost in an enrichment, and the press that buys it. */
export function useRunOf(e: Enrichment | undefined, of: Choice, then: () => void) {
  const price = useQuery({ ...recordsPriceQuery(e?.name ?? "", of), enabled: e !== undefined });
  const press = useRunRecords();
  const usd = useCreditUSD();
  const est = e ? price.data?.estimate : undefined;
  const run = async () => {
    if (!e) return;
    try {
      const v = await press.mutateAsync({ name: e.name, of, again: price.data?.again });
      notifications.show({
        message: v.state === "live" ? `${e.label} asks for it now.` : readable(v.message ?? `${e.label} asks for it.`),
      });
      then();
    } catch {
      // Shown in the question.
    }
  };
  const most = est && atMost(est);
  return {
    est,
    again: price.data?.again !== undefined,
    waiting: e !== undefined && !est && !price.error,
    busy: press.isPending,
    error: press.error ?? price.error,
    off: !est || Boolean(est.no_room),
    action:
      !est || est.no_room
        ? "Run it"
        : est.to_run > 0
          ? `Run ${count(rowsAtMost(est), "row")}, at most ${creditsText(most)} (${formatMoney(most, usd)})`
          : "Run it, for free",
    run: () => void run(),
  };
}

type Props = { enrichment: Enrichment; records: number[]; name: string; onClose: () => void };

/** Asks an enrichment for some records, after its price was seen. */
export function RunRows({ enrichment: e, records, name, onClose }: Props) {
  const it = useRunOf(e, { ids: records }, onClose);
  return (
    <Confirm
      opened
      title={`Run ${e.label} for ${name}?`}
      action={it.action}
      busy={it.busy}
      disabled={it.off}
      error={it.error}
      onClose={onClose}
      onConfirm={it.run}
    >
      <RunFacts of={e} it={it} />
    </Confirm>
  );
}

/** What is to be known before the press: which rows, at what price, and what stays as it is. */
export function RunFacts({ of: e, it }: { of: Enrichment; it: ReturnType<typeof useRunOf> }) {
  const { est } = it;
  const audience = useAudienceLabel();
  if (it.waiting) return <Waiting rows={2} />;
  if (!est) return null;
  return (
    <>
      <EstimateRows of={est} />
      {est.outside_rows ? (
        <Text c="dimmed">
          {count(est.outside_rows, "record is", "records are")} not in its audience,{" "}
          {e.audience.map(audience).join(", ")}, and left out.
        </Text>
      ) : null}
      {est.no_room && <Text c="red">Nothing can be bought: {readable(est.no_room)}.</Text>}
      {it.again && <Text>It was asked before: this asks again, and may be billed again.</Text>}
      <Text c="dimmed">
        It writes all of its fields of the row. {e.state !== "live" && !it.again && `${e.label} stays ${e.state}.`}
        {e.state !== "live" && it.again && `${e.label} is not live: it asks when it is resumed.`}
      </Text>
    </>
  );
}

import { Radio, Select, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../../api/client";
import { estimateQuery, useRerun, versionsQuery } from "../../../api/queries/enrichments";
import { Confirm } from "../../../ui/Confirm";
import { ErrorNote } from "../../../ui/ErrorNote";
import { grouped } from "../../../ui/grouped";
import { useCreditUSD } from "../../../ui/MoneyText";
import { creditsText, formatMoney } from "../../../ui/money";
import { count, readable } from "../../../ui/time";
import { atMost, rowsAtMost } from "../price/atMost";
import { EstimateRows } from "../price/EstimateRows";

type Enrichment = Schemas["EnrichmentView"];
type Choice = Pick<Schemas["RerunRequest"], "stale" | "version" | "failed" | "records">;
type Kind = "all" | "stale" | "failed" | "version";

type Props = {
  of: Enrichment;
  opened: boolean;
  onClose: () => void;
  onDone?: () => void;
  /** The records whose rows were chosen; without them one chooses here. */
  records?: number[];
};

/** Asks again for rows that have ended: which, what that costs, and then only on a second press. */
export function RerunDialog({ of, opened, onClose, onDone, records }: Props) {
  const [kind, setKind] = useState<Kind>("all");
  const [version, setVersion] = useState<number | null>(null);
  const rerun = useRerun();
  const choice: Choice = records
    ? { records }
    : { all: {}, stale: { stale: true }, failed: { failed: true }, version: { version: version ?? 0 } }[kind];
  const known = opened && (Boolean(records) || kind !== "version" || version !== null);
  const price = useQuery({ ...estimateQuery(of.name, { rerun: true, ...choice }), enabled: known });
  const usd = useCreditUSD();
  const estimate = known ? price.data : undefined;
  const none = estimate && estimate.audience_rows === 0;
  const close = () => {
    rerun.reset();
    onClose();
  };
  const label =
    estimate && !none
      ? `Ask again for ${count(rowsAtMost(estimate), "row")}, at most ${creditsText(atMost(estimate))} (${formatMoney(atMost(estimate), usd)})`
      : "Ask again";
  return (
    <Confirm
      opened={opened}
      size="lg"
      title={`Ask again in ${of.label}`}
      action={label}
      disabled={!estimate || none || Boolean(estimate.no_room)}
      busy={rerun.isPending}
      error={rerun.error}
      onConfirm={() =>
        rerun.mutate(
          { name: of.name, ...choice, confirm: true },
          {
            onSuccess: () => {
              close();
              onDone?.();
            },
          },
        )
      }
      onClose={close}
    >
      {records ? (
        <Text>{count(records.length, "chosen row")}.</Text>
      ) : (
        <Which of={of} kind={kind} onKind={setKind} version={version} onVersion={setVersion} />
      )}
      {known && <ErrorNote error={price.error} />}
      {known && !estimate && !price.error && <Skeleton h={40} />}
      {none && <Text c="dimmed">There are no such rows.</Text>}
      {estimate && !none && (
        <Stack gap="xs">
          <EstimateRows of={estimate} />
          {estimate.no_room && <Text c="red">Nothing can be bought: {readable(estimate.no_room)}.</Text>}
          <Text c="dimmed">
            Values stay until a new one is found. What is billed counts against the limit
            {of.state === "live" ? "." : "; the rows run when it is resumed."}
          </Text>
        </Stack>
      )}
    </Confirm>
  );
}

type WhichProps = {
  of: Enrichment;
  kind: Kind;
  onKind: (k: Kind) => void;
  version: number | null;
  onVersion: (v: number | null) => void;
};

function Which({ of, kind, onKind, version, onVersion }: WhichProps) {
  const versions = useQuery(versionsQuery(of.name)).data?.items ?? [];
  return (
    <Radio.Group label="Which rows" value={kind} onChange={(k) => onKind(k as Kind)}>
      <Stack gap="xs" mt={6}>
        <Radio value="all" label="All that were bought" />
        <Radio
          value="failed"
          label={`Those that failed (${grouped(of.rows.failed)})`}
          disabled={of.rows.failed === 0}
        />
        <Radio
          value="stale"
          label={`Values of older versions (${grouped(of.stale_rows)})`}
          disabled={of.stale_rows === 0}
        />
        <Radio value="version" label="Values of one version" />
        {kind === "version" && (
          <Select
            aria-label="Version"
            placeholder="Choose a version"
            w={200}
            data={versions.map((v) => ({ value: String(v.version), label: `Version ${v.version}` }))}
            value={version === null ? null : String(version)}
            onChange={(v) => onVersion(v === null ? null : Number(v))}
          />
        )}
      </Stack>
    </Radio.Group>
  );
}

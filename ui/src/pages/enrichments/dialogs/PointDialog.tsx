import { Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Schemas } from "../../../api/client";
import { audiencesQuery } from "../../../api/queries/audiences";
import { estimateQuery, usePoint } from "../../../api/queries/enrichments";
import { Confirm } from "../../../ui/Confirm";
import { ErrorNote } from "../../../ui/ErrorNote";
import { grouped } from "../../../ui/grouped";
import { called, choices, useAudienceLabel } from "../../../ui/labels";
import { Money } from "../../../ui/MoneyText";
import { Pickers } from "../../../ui/Pickers";
import { EstimateRows } from "../price/EstimateRows";
import { Overlap } from "./Overlap";
import { useOverlap } from "./useOverlap";

type Props = {
  of: Schemas["EnrichmentView"];
  opened: boolean;
  onClose: () => void;
  initial?: string[];
  onPointed?: () => void;
};

/** Chooses another audience, and shows what both share before anything changes. */
export function PointDialog({ of, opened, onClose, initial, onPointed }: Props) {
  const [chosen, setChosen] = useState<string[]>(initial ?? []);
  const audiences = (useQuery(audiencesQuery).data?.items ?? []).filter((a) => a.entity === of.entity);
  const point = usePoint();
  const close = () => {
    setChosen(initial ?? []); // what was not done is not half done the next time
    point.reset();
    onClose();
  };
  const input = useRef<HTMLInputElement>(null);
  return (
    <Confirm
      opened={opened}
      size="lg"
      title={`Point ${of.label} at another audience`}
      action={chosen.length ? `Point at ${chosen.map((n) => called(n, audiences)).join(", ")}` : "Point"}
      disabled={chosen.length === 0}
      busy={point.isPending}
      error={point.error}
      onConfirm={() =>
        point.mutate(
          { name: of.name, audience: chosen },
          {
            onSuccess: () => {
              close();
              onPointed?.();
            },
          },
        )
      }
      onClose={close}
    >
      <Pickers
        label="New audience"
        data={choices(audiences).filter((c) => !(of.audience.length === 1 && of.audience[0] === c.value))}
        value={chosen}
        ref={input}
        onChange={(v) => {
          setChosen(v);
          input.current?.blur(); // the list would lie over what both share
        }}
        placeholder="Choose one or more"
      />
      {chosen.length > 0 && <Preview of={of} chosen={chosen} />}
      <Text c="dimmed" size="xs">
        {of.audience.map((n) => called(n, audiences)).join(", ")} is no longer followed. The rows are cleared; no value,
        purchase or charge is. It does not start by itself: you see the price again before it does.
      </Text>
    </Confirm>
  );
}

function Preview({ of, chosen }: { of: Schemas["EnrichmentView"]; chosen: string[] }) {
  const estimate = useQuery(estimateQuery(of.name, { audience: chosen }));
  const audience = useAudienceLabel();
  const overlap = useOverlap(of.entity, of.audience, chosen);
  if (estimate.error) return <ErrorNote error={estimate.error} />;
  return (
    <Stack gap="sm">
      {overlap && (
        <Overlap {...overlap} left={of.audience.map(audience).join(", ")} right={chosen.map(audience).join(", ")} />
      )}
      {estimate.data ? (
        <>
          <EstimateRows of={estimate.data} />
          <Text>
            {grouped(estimate.data.to_run)} would be bought, at most <Money credits={estimate.data.high_credits} both />
            ; {grouped(estimate.data.reused)} are reused for free.
          </Text>
        </>
      ) : (
        <Skeleton h={40} />
      )}
    </Stack>
  );
}

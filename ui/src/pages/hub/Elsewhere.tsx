import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { useAudienceLabel } from "../../ui/labels";
import { Only } from "../../ui/Permitted";
import { PauseDialog } from "../enrichments/dialogs/PauseDialog";
import { PointDialog } from "../enrichments/dialogs/PointDialog";

/** An enrichment that works elsewhere: the ways to have it work here, with what they change and cost. */
export function Elsewhere({ of, audience }: { of: Schemas["EnrichmentView"]; audience: string }) {
  const called = useAudienceLabel();
  const [to, setTo] = useState<string[]>();
  const [pausing, setPausing] = useState(false);
  const here = called(audience);
  const live = of.state === "live" || Boolean(of.piloting);
  const ways = [
    { label: `add ${here}`, to: [...of.audience, audience] },
    { label: `point it at ${here} alone`, to: [audience] },
  ];
  const choose = (audiences: string[]) => {
    setTo(audiences);
    setPausing(live);
  };
  const close = () => {
    setTo(undefined);
    setPausing(false);
  };
  return (
    <Group gap="sm">
      <Text>
        {of.label} {live ? "is live on" : "points at"} {of.audience.map(called).join(", ")}, not {live ? "on" : "at"}{" "}
        {here}.
      </Text>
      <Only to="edit">
        {ways.map((w) => (
          <Button key={w.label} variant="default" onClick={() => choose(w.to)}>
            {live ? `Pause and ${w.label}` : w.label.replace(/^./, (c) => c.toUpperCase())}
          </Button>
        ))}
      </Only>
      {to && pausing && (
        <PauseDialog
          of={of}
          opened
          first={{ label: ways.find((w) => w.to.length === to.length)?.label ?? here }}
          onClose={close}
          onPaused={() => setPausing(false)}
        />
      )}
      {to && !pausing && <PointDialog of={of} initial={to} opened onClose={close} />}
    </Group>
  );
}

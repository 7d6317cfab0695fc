import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect } from "react";
import type { Schemas } from "../../../api/client";
import { usePause } from "../../../api/queries/enrichments";
import { Dialog } from "../../../ui/Dialog";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Money } from "../../../ui/MoneyText";
import { count } from "../../../ui/time";
import type { Action } from "../machine";
import { reasonLabel } from "../outcomes";

type Props = {
  of: Schemas["EnrichmentView"];
  opened: boolean;
  /** What is done when it is paused: asked for and paused by one press. */
  first?: Pick<Action, "label">;
  onClose: () => void;
  onPaused?: () => void;
};

/** Asks before pausing, then counts down what is still in flight, in the same dialog; it ends by itself. */
export function PauseDialog({ of, opened, first, onClose, onPaused }: Props) {
  const pause = usePause();
  const stop = pause.data;
  const flying = of.state === "live" || of.piloting ? (stop?.in_flight ?? 0) : of.in_flight;
  /** It came to rest by itself while the question was open: there is nothing to pause any more. */
  const rests = !stop && !pause.isPending && of.state !== "live" && !of.piloting;
  const settled = Boolean(stop?.confirmed) && flying === 0;
  const close = () => {
    pause.reset();
    onClose();
  };
  useEffect(() => {
    if (!opened || !settled) return;
    notifications.show({ id: `paused-${of.name}`, message: `${of.label} is paused. Nothing is in flight.` });
    pause.reset();
    onClose();
  }, [opened, settled, of.name, of.label, pause.reset, onClose]);
  const press = () =>
    pause.mutate(
      { name: of.name },
      {
        onSuccess: () => {
          if (!first) return;
          pause.reset();
          onPaused?.();
        },
      },
    );
  const then = first?.label.replace(/^./, (c) => c.toLowerCase());
  return (
    <Dialog opened={opened} onClose={close} title={stop || rests ? `${of.label} is paused` : `Pause ${of.label}?`}>
      <Stack gap="sm">
        {stop ? (
          <Stopped stop={stop} flying={flying} credits={of.in_flight_credits} />
        ) : rests ? (
          <Text>It has paused by itself: {reasonLabel(of.pause_reason)}. Nothing has to be paused.</Text>
        ) : (
          <Asked of={of} first={Boolean(first)} />
        )}
        <ErrorNote error={rests ? null : pause.error} />
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={close}>
            {stop || rests ? "Close" : "Cancel"}
          </Button>
          {rests && first && (
            <Button onClick={() => onPaused?.()} data-autofocus>
              {first.label}
            </Button>
          )}
          {!stop && !rests && (
            <Button loading={pause.isPending} onClick={press} data-autofocus>
              {then ? `Pause and ${then}` : "Pause it"}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}

function Asked({ of, first }: { of: Props["of"]; first: boolean }) {
  return (
    <>
      {first && <Text>It can’t be changed while it is live.</Text>}
      <Text>
        From then on no new call leaves. Records that enter the audience and inputs that change are not followed while
        it is paused; resuming catches all of them up, each once.
      </Text>
      <Text>
        {of.in_flight > 0 ? (
          <>
            {count(of.in_flight, "call")} in flight: they land and are paid once, at most{" "}
            <Money credits={of.in_flight_credits} both />.
          </>
        ) : (
          "Nothing is in flight."
        )}
      </Text>
    </>
  );
}

function Stopped({ stop, flying, credits }: { stop: Schemas["StopView"]; flying: number; credits: string }) {
  return (
    <Stack gap="xs">
      {stop.confirmed ? (
        <Text>Confirmed: no new calls are being made.</Text>
      ) : (
        <Alert color="orange" title="Not confirmed everywhere yet">
          {(stop.not_confirmed ?? []).map((p) => (
            <Text key={p}>{p}</Text>
          ))}
        </Alert>
      )}
      <Text role="status">
        {flying === 0 ? (
          "Nothing is in flight."
        ) : (
          <>
            {count(flying, "call")} still in flight: they land and are paid once, at most{" "}
            <Money credits={credits} both />. This closes when they have landed.
          </>
        )}
      </Text>
    </Stack>
  );
}

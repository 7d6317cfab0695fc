import { Alert, Stack, Text } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { usePause } from "../../../api/queries/enrichments";
import { Confirm } from "../../../ui/Confirm";
import { Money } from "../../../ui/MoneyText";
import { count } from "../../../ui/time";

type Props = { of: Schemas["EnrichmentView"]; opened: boolean; onClose: () => void };

/** Asks before pausing, says what it means, and shows when it has taken hold. */
export function PauseDialog({ of, opened, onClose }: Props) {
  const pause = usePause();
  const stop = pause.data;
  const close = () => {
    pause.reset();
    onClose();
  };
  if (stop) {
    return (
      <Confirm opened={opened} title={`${of.name} is paused`} action="Done" onConfirm={close} onClose={close}>
        <Stopped of={stop} />
      </Confirm>
    );
  }
  return (
    <Confirm
      opened={opened}
      title={`Pause ${of.name}?`}
      action="Confirm and pause"
      busy={pause.isPending}
      error={pause.error}
      onConfirm={() => pause.mutate({ name: of.name })}
      onClose={close}
    >
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
      <Text c="dimmed">Paused, you can change its audience, its logic and its field mapping.</Text>
    </Confirm>
  );
}

function Stopped({ of }: { of: Schemas["StopView"] }) {
  return (
    <Stack gap="xs">
      {of.confirmed ? (
        <Text>Every process has confirmed: no new call leaves.</Text>
      ) : (
        <Alert color="orange" title="Not confirmed by every process">
          {(of.not_confirmed ?? []).map((p) => (
            <Text key={p}>{p}</Text>
          ))}
        </Alert>
      )}
      <Text>
        {of.in_flight === 0 ? (
          "Nothing is in flight."
        ) : (
          <>
            {count(of.in_flight, "call")} still in flight, at most <Money credits={of.in_flight_credits} both />.
          </>
        )}
      </Text>
    </Stack>
  );
}

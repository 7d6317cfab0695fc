import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { providersQuery } from "../../api/queries/providers";
import { sentence } from "../../ui/words";
import { KeyDialog } from "./KeyDialog";
import { Simulate } from "./Simulate";
import { madeUp, makesUp, simulates } from "./simulated";
import { whyNot } from "./why";

type Props = {
  of: Schemas["ProviderView"];
  /** Has the simulated provider asked in its place; absent where that cannot be done here. */
  onInstead?: () => void;
};

/** A provider that cannot be asked yet, with both ways on: its key, or the simulated one. */
export function NotReady({ of, onInstead }: Props) {
  const on = simulates(useQuery(providersQuery).data?.items ?? []);
  if (of.ready) return null;
  const instead = "Use the simulated provider instead";
  return (
    <Alert color="yellow" p="sm" title={makesUp(of) ? sentence(of.why ?? "") : `${of.title} ${whyNot(of)}.`}>
      <Stack gap="xs" align="flex-start">
        {!makesUp(of) && <KeyDialog of={of} label={of.key_from ? "Set its price" : "Add its key"} />}
        {makesUp(of) && <Simulate label="Switch it on" />}
        {!makesUp(of) && onInstead && !on && <Simulate label={instead} onOn={onInstead} />}
        {!makesUp(of) && onInstead && on && (
          <Group gap="sm">
            <Button variant="default" size="xs" leftSection={<IconFlask size={14} />} onClick={onInstead}>
              {instead}
            </Button>
            <Text c="dimmed" size="xs">
              {madeUp}
            </Text>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

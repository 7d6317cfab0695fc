import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconFlask } from "@tabler/icons-react";
import { useSetSimulated } from "../../api/queries/providers";
import { ErrorNote } from "../../ui/ErrorNote";
import { May, WhyNot } from "../../ui/Permitted";
import { madeUp } from "./simulated";

type Props = { label?: string; onOn?: () => void };

/** Switches the simulated provider on, where somebody has no key of a real one at hand. */
export function Simulate({ label = "Try it with the simulated provider", onOn }: Props) {
  const set = useSetSimulated();
  const switchOn = async () => {
    try {
      await set.mutateAsync(true); // what follows is done although this button is gone by then
    } catch {
      return; // said below
    }
    notifications.show({ id: "simulated", message: "The simulated provider is on. Its answers are made up." });
    onOn?.();
  };
  return (
    <div>
      <Group gap="sm">
        <May to="rule">
          <Button
            variant="default"
            size="xs"
            leftSection={<IconFlask size={14} />}
            loading={set.isPending}
            onClick={() => void switchOn()}
          >
            {label}
          </Button>
        </May>
        <WhyNot to="rule" />
      </Group>
      <Text c="dimmed" size="xs" mt={4} maw={560}>
        {madeUp}
      </Text>
      <ErrorNote error={set.error} />
    </div>
  );
}

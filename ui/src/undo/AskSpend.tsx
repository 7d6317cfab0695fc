import { Text } from "@mantine/core";
import { Confirm } from "../ui/Confirm";
import { type QuietSpend, SpendTable } from "../ui/Guarded";

/** Asks before taking something back would spend. */
export default function AskSpend({ spend, answer }: { spend: QuietSpend[]; answer: (go: boolean) => void }) {
  return (
    <Confirm
      opened
      title="Taking it back would spend"
      action="Take it back and let them buy"
      onClose={() => answer(false)}
      onConfirm={() => answer(true)}
    >
      <Text>Live enrichments follow this, and would buy:</Text>
      <SpendTable spend={spend} />
    </Confirm>
  );
}

import { Badge, Text } from "@mantine/core";
import type { Signal } from "../../api/queries/signals";
import { plainWord, side, sides } from "../../ui/signalWords";
import { TimeAgo } from "../../ui/TimeAgo";

/** What a signal says, when it happened and was learned of, and who told it. */
export function SignalLine({ of }: { of: Signal }) {
  const [from, to] = sides(of);
  const details = side(of.details);
  return (
    <div style={{ overflowWrap: "anywhere" }}>
      <Text size="sm">
        {plainWord(of.kind || of.type)} {of.sample && <Badge color="gray">sample</Badge>}{" "}
        {of.retracted_at && <Badge color="orange">retracted</Badge>}{" "}
        <Text span c="dimmed" inherit>
          {from || "not known"}
        </Text>{" "}
        → {to || "not known"}
      </Text>
      <Text c="dimmed" size="xs">
        {of.kind && `${plainWord(of.type)} · `}
        {of.since && `happened ${of.since} · `}learned of <TimeAgo at={of.at} />
        {of.source && ` from ${of.source}`}
        {of.rule && of.rule !== of.source && ` (${of.rule})`}
      </Text>
      {details && (
        <Text c="dimmed" size="xs">
          {details}
        </Text>
      )}
    </div>
  );
}

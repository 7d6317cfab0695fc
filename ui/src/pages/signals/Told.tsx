import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { signalQuery } from "../../api/queries/signals";
import { Dialog } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/ErrorNote";
import { TimeAgo } from "../../ui/TimeAgo";
import { Waiting } from "../../ui/Waiting";

/** Who told of a signal, each with its evidence. */
export function Told({ id, onClose }: { id: number; onClose: () => void }) {
  const { data, error, refetch } = useQuery(signalQuery(id));
  return (
    <Dialog
      opened
      onClose={onClose}
      title={data ? `Who told of ${data.record || `record ${data.record_id}`}` : "Who told"}
    >
      <ErrorNote error={error} retry={refetch} />
      {!data && !error && <Waiting rows={2} />}
      <Stack gap="sm">
        {data?.told?.map((w) => (
          <div key={w.id}>
            <Text td={w.gone_at ? "line-through" : undefined}>
              {w.source}
              {w.rule && ` (rule ${w.rule})`} · <TimeAgo at={w.at} />
              {w.since && ` · it happened on ${w.since}`}
            </Text>
            {w.evidence && (
              <Text c="dimmed" size="xs" style={{ overflowWrap: "anywhere" }}>
                {w.evidence}
              </Text>
            )}
            {w.gone_at && (
              <Text c="dimmed" size="xs">
                What told it was taken back.
              </Text>
            )}
          </div>
        ))}
      </Stack>
    </Dialog>
  );
}

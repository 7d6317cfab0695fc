import { List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { type ChangeSet, takeDryQuery, useTakeBack } from "../../api/queries/undo";
import { Confirm } from "../../ui/Confirm";
import { SpendTable } from "../../ui/Guarded";
import { count } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";

export type Taken = Schemas["TakeBackView"];

/** What was taken back, or would be (`ahead`), in parts of a sentence. */
export function parts(v: Taken, ahead = false): string[] {
  const of: [number | undefined, string, string][] = [
    [v.restored, "value", "restored"],
    [v.recreated, "record", "brought back"],
    [v.deleted, "record", "deleted"],
    [v.unmerged, "merge", "taken apart"],
    [v.merged, "record", "merged again"],
  ];
  const left = v.left_count ? [count(v.left_count, "left as it is", "left as they are")] : [];
  const verb = ahead ? "will be " : "";
  return [...of.filter(([n]) => n).map(([n, what, done]) => `${count(n ?? 0, what)} ${verb}${done}`), ...left];
}

type Props = { of: Pick<ChangeSet, "id" | "kind" | "what">; onClose: () => void; onDone: (v: Taken) => void };

/**
 * Shows first what taking it back would come to. Only a price that was shown is
 * agreed to: one that arose since is shown first.
 */
export function TakeBack({ of, onClose, onDone }: Props) {
  const { data: would, error, isFetching, refetch } = useQuery(takeDryQuery(of.id));
  const take = useTakeBack();
  const priced = (would?.would_run?.length ?? 0) > 0;
  const confirm = async () => {
    const now = await refetch();
    if (!now.data || JSON.stringify(now.data.would_run) !== JSON.stringify(would?.would_run)) return;
    take.mutate(of.id, {
      onSuccess: (v) => {
        onDone(v);
        onClose();
      },
    });
  };
  return (
    <Confirm
      opened
      title={of.kind === "undo" ? `Do it again: ${of.what}?` : `Take back: ${of.what}?`}
      action={of.kind === "undo" ? "Do it again" : "Take it back"}
      danger={!!would?.deleted}
      busy={take.isPending || (!!would && isFetching)}
      disabled={!would}
      error={take.error ?? error}
      onClose={onClose}
      onConfirm={() => void confirm()}
    >
      {!would && !error && <Waiting rows={3} />}
      {would && (
        <Stack gap="xs">
          <Text>{parts(would, true).join(", ") || "Nothing will change"}.</Text>
          {would.warnings?.map((w) => (
            <Text key={w} c="dimmed">
              {w}.
            </Text>
          ))}
          {(would.left?.length ?? 0) > 0 && (
            <>
              <Text>These stay as they are:</Text>
              <List size="sm">
                {would.left?.slice(0, 10).map((l) => (
                  <List.Item key={`${l.record_id} ${l.field}`}>
                    Record {l.record_id}
                    {l.field && `, ${l.field}`}: {l.reason}
                  </List.Item>
                ))}
              </List>
            </>
          )}
          {priced && (
            <>
              <Text>Live enrichments follow this, and would buy:</Text>
              <SpendTable spend={would.would_run ?? []} />
            </>
          )}
        </Stack>
      )}
    </Confirm>
  );
}

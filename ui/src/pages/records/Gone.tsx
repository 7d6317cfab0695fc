import { Alert, Button, Group, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { ApiError } from "../../api/client";
import { Only } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { offered } from "../undo/say";
import { TakeBack } from "../undo/TakeBack";

/** How a record went that is no longer there. */
export type Gone = {
  record_id: number;
  at: string;
  by: string;
  what: string;
  take_back?: string;
  bought: string[];
  merged_id?: number;
  erased?: boolean;
};

/**
 * How a record went, also while it is asked for again: what was opened on it, such as the question whether to take it
 * back, stays open. null for one that is there, and for one that never was.
 */
export function useGone(id: number, { error, data }: { error: unknown; data: unknown }): Gone | null {
  const [last, setLast] = useState<{ id: number; gone: Gone } | null>(null);
  const now = goneOf(error);
  if (now && now !== last?.gone) setLast({ id, gone: now });
  const asksAgain = !error && data === undefined;
  return now ?? (asksAgain && last?.id === id ? last.gone : null);
}

/** What the answer that there is no such record tells of how it went; null for one that never was. */
function goneOf(err: unknown): Gone | null {
  const gone = err instanceof ApiError && err.code === "not_found" ? err.details.gone : undefined;
  return gone ? (gone as Gone) : null;
}

/** A record that was taken away: by whom, when, by what, and the way back. */
export function GoneNote({ gone, onBack }: { gone: Gone; onBack: () => void }) {
  const [asking, setAsking] = useState(false);
  const kind = gone.take_back?.split("-")[0] as "undo" | "delete";
  const offer = gone.take_back ? offered({ id: gone.take_back, kind, what: gone.what }) : undefined;
  return (
    <Alert color="gray" icon={<IconTrash size={16} />} title="This record is gone" role="status">
      <Text>
        {gone.merged_id ? `It became part of record ${gone.merged_id}, which was` : "It was"} taken away by {gone.by},{" "}
        <TimeAgo at={gone.at} />: {gone.what}.
      </Text>
      <Text mt="xs">
        {gone.erased
          ? "What was erased cannot come back. Imported again, it is a new record."
          : "Imported again, it is the same record again."}
        {gone.bought.length > 0 && ` What was bought for it comes back with it: ${gone.bought.join(", ")}.`}
      </Text>
      {gone.take_back && (
        <Only to="edit">
          <Group mt="xs">
            <Button variant="default" onClick={() => setAsking(true)}>
              Take it back…
            </Button>
          </Group>
        </Only>
      )}
      {asking && offer && <TakeBack of={offer} onClose={() => setAsking(false)} onDone={onBack} />}
    </Alert>
  );
}

import { Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { body, client } from "../../../api/client";
import { duplicateQuery } from "../../../api/queries/duplicates";
import { Confirm } from "../../../ui/Confirm";
import { Waiting } from "../../../ui/Waiting";
import { takesBack, useUndo } from "../../../undo/Undo";
import { Compare } from "../../duplicates/Pair";
import type { PickedOf } from "./PickedBar";

type Props = { of: PickedOf; pair: [number, number]; onClose: () => void; onDone: () => void };

/** Makes two picked records one, value by value. */
export function MergePicked({ pair: [a, b], onClose, onDone }: Props) {
  const { data, error } = useQuery(duplicateQuery(a, b));
  const [chosen, setSurvivor] = useState<number>();
  const [take, setTake] = useState<string[]>([]);
  const queries = useQueryClient();
  const { did } = useUndo();
  const survivor = chosen ?? data?.survivor ?? a;
  const merge = useMutation({
    mutationFn: () =>
      body(
        client.POST("/api/v1/duplicates/merge", { body: { survivor_id: survivor, loser_id: a + b - survivor, take } }),
      ),
    onSuccess: (m) => {
      void queries.invalidateQueries();
      const what = `${m.loser_id} made part of ${m.survivor_id}`;
      if (m.waiting) did({ what, set: "" }, "They become one when the calls in flight have landed.");
      else did({ what, set: `merge-${m.id}` }, `${what}. ${takesBack}`);
      onDone();
    },
  });
  return (
    <Confirm
      opened
      size="xl"
      title="Make two records one?"
      action="Merge"
      busy={merge.isPending}
      disabled={!data}
      error={merge.error ?? error}
      onClose={onClose}
      onConfirm={() => merge.mutate()}
    >
      {!data && !error && <Waiting rows={5} />}
      {data?.sides && <Compare of={data} survivor={survivor} onSurvivor={setSurvivor} take={take} onTake={setTake} />}
      <Text c="dimmed">Blanks are filled from the other one, and all that led to it leads to the one that stays.</Text>
    </Confirm>
  );
}

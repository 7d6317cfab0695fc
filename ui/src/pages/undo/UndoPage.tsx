import { Button, List, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { type ChangeSet, type Kind, takeDryQuery, undoQuery, useTakeBack } from "../../api/queries/undo";
import { Confirm } from "../../ui/Confirm";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { SpendTable } from "../../ui/Guarded";
import { Page } from "../../ui/Page";
import { TimeAgo } from "../../ui/TimeAgo";
import { count, readable } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";

type Taken = Schemas["TakeBackView"];

const kinds = [
  { value: "all", label: "All" },
  { value: "edit", label: "Edits" },
  { value: "import", label: "Imports" },
  { value: "run", label: "Runs" },
  { value: "merge", label: "Merges" },
  { value: "delete", label: "Deletions" },
  { value: "undo", label: "Undos" },
];

/** What was changed as one, newest first, and taking it back. */
export function UndoPage() {
  const [kind, setKind] = useState<Kind>();
  const [taking, setTaking] = useState<ChangeSet>();
  const [done, setDone] = useState<Taken>();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(undoQuery(kind));
  const items = data?.pages.flatMap((p) => p.items ?? []) ?? [];
  return (
    <Page name="Undo" title="Undo">
      <SegmentedControl
        aria-label="Which changes"
        data={kinds}
        value={kind ?? "all"}
        onChange={(v) => setKind(v === "all" ? undefined : (v as Kind))}
      />
      <ErrorNote error={error} retry={refetch} />
      {done && (
        <Text role="status">
          Taken back: {parts(done).join(", ") || "nothing"}. {done.id && `To do it again, take ${done.id} back.`}
        </Text>
      )}
      {!data && !error && <Waiting rows={6} />}
      {data && items.length === 0 && (
        <EmptyState icon={<IconArrowBackUp size={30} stroke={1.5} />} title="Nothing was changed yet">
          Edits, imports, runs of enrichments, merges and deletions are listed here, and can be taken back.
        </EmptyState>
      )}
      {items.length > 0 && (
        <Table className="panel">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>What</Table.Th>
              <Table.Th>By</Table.Th>
              <Table.Th>When</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((s) => (
              <Row key={s.id} of={s} onTake={() => setTaking(s)} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
      {taking && <Take of={taking} onClose={() => setTaking(undefined)} onDone={setDone} />}
    </Page>
  );
}

function Row({ of, onTake }: { of: ChangeSet; onTake: () => void }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Text>{readable(of.what)}</Text>
        <Text c="dimmed" size="xs">
          {of.id}
          {of.cannot_be && ` · ${of.cannot_be}`}
        </Text>
      </Table.Td>
      <Table.Td>{of.actor}</Table.Td>
      <Table.Td>
        <TimeAgo at={of.at} />
      </Table.Td>
      <Table.Td ta="right">
        {!of.cannot_be && (
          <Button size="xs" variant="default" onClick={onTake} aria-label={`Take back ${of.id}: ${of.what}`}>
            {of.kind === "undo" ? "Do it again" : "Take back"}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** What was, or would be, taken back, in parts of a sentence. */
function parts(v: Taken): string[] {
  const of: [number | undefined, string, string][] = [
    [v.restored, "value restored", "values restored"],
    [v.recreated, "record brought back", "records brought back"],
    [v.deleted, "record deleted", "records deleted"],
    [v.unmerged, "merge taken apart", "merges taken apart"],
    [v.merged, "record merged again", "records merged again"],
    [v.left_count, "left as it is", "left as they are"],
  ];
  return of.filter(([n]) => n).map(([n, one, many]) => count(n ?? 0, one, many));
}

/** Shows first what taking it back would come to. */
function Take({ of, onClose, onDone }: { of: ChangeSet; onClose: () => void; onDone: (v: Taken) => void }) {
  const { data: would, error } = useQuery(takeDryQuery(of.id));
  const take = useTakeBack();
  return (
    <Confirm
      opened
      title={of.kind === "undo" ? `Do it again: ${of.what}?` : `Take back: ${of.what}?`}
      action={of.kind === "undo" ? "Do it again" : "Take it back"}
      danger={!!would?.deleted}
      busy={take.isPending}
      disabled={!would}
      error={take.error ?? error}
      onClose={onClose}
      onConfirm={() =>
        take.mutate(of.id, {
          onSuccess: (v) => {
            onDone(v);
            onClose();
          },
        })
      }
    >
      {!would && !error && <Waiting rows={3} />}
      {would && (
        <Stack gap="xs">
          <Text>{parts(would).join(", ") || "Nothing would change"}.</Text>
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
          {(would.would_run?.length ?? 0) > 0 && (
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

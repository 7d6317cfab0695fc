import { Button, SegmentedControl, Table, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type ChangeSet, type Kind, undoQuery } from "../../api/queries/undo";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { Page } from "../../ui/Page";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import { parts, TakeBack, type Taken } from "./TakeBack";

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
      {taking && <TakeBack of={taking} onClose={() => setTaking(undefined)} onDone={setDone} />}
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

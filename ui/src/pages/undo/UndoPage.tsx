import { Anchor, Box, Button, Stack, Table, Text } from "@mantine/core";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { type ChangeSet, type UndoOf, undoQuery } from "../../api/queries/undo";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { Page } from "../../ui/Page";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import { sentence } from "../../ui/words";
import { parts, TakeBack, type Taken } from "./TakeBack";
import { UndoFilters } from "./UndoFilters";

/** What was changed as one, newest first, and taking it back. */
export function UndoPage() {
  const of = useSearch({ from: "/undo" });
  const go = useNavigate();
  const set = (search: UndoOf) => void go({ to: "/undo", search, replace: true });
  const [taking, setTaking] = useState<ChangeSet>();
  const [done, setDone] = useState<Taken>();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(undoQuery(of));
  const items = data?.pages.flatMap((p) => p.items ?? []) ?? [];
  return (
    <Page name="Undo" title="Undo" sub="Everything that changed records, newest first. Any of it can be undone.">
      <Stack gap="md">
        <UndoFilters of={of} actors={[...new Set(items.map((s) => s.actor))].sort()} set={set} />
        <ErrorNote error={error} retry={refetch} />
        {done && (
          <Text role="status">
            Taken back: {parts(done).join(", ") || "nothing"}. {done.id && `To do it again, take ${done.id} back.`}
          </Text>
        )}
        {!data && !error && <Waiting rows={6} />}
        {data && items.length === 0 && <Nothing narrowed={Object.values(of).some(Boolean)} all={() => set({})} />}
        {items.length > 0 && (
          <div className="panel scroll-x">
            <Table className="stack">
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
                  <Row key={s.id} of={s} onTake={() => setTaking(s)} onActor={() => set({ ...of, by: s.actor })} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
        {hasNextPage && (
          <Box>
            <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show more
            </Button>
          </Box>
        )}
      </Stack>
      {taking && <TakeBack of={taking} onClose={() => setTaking(undefined)} onDone={setDone} />}
    </Page>
  );
}

function Nothing({ narrowed, all }: { narrowed: boolean; all: () => void }) {
  const icon = <IconArrowBackUp size={30} stroke={1.5} />;
  if (!narrowed)
    return (
      <EmptyState icon={icon} title="Nothing changed yet">
        Every change to records is listed here and can be undone: edits, imports, enrichment runs, merges, splits and
        deletions.
      </EmptyState>
    );
  return (
    <EmptyState
      icon={icon}
      title="No matching changes"
      actions={
        <Button variant="default" onClick={all}>
          Show all changes
        </Button>
      }
    >
      Nothing of this kind was changed at that time. Days are in UTC.
    </EmptyState>
  );
}

function Row({ of, onTake, onActor }: { of: ChangeSet; onTake: () => void; onActor: () => void }) {
  return (
    <Table.Tr>
      <Table.Td data-rest>
        <Text>{readable(sentence(of.what).replace(/\.$/, ""))}</Text>
        <Text c="dimmed" size="xs">
          {of.id}
          {of.cannot_be && ` · ${of.cannot_be}`}
        </Text>
      </Table.Td>
      <Table.Td>
        <Anchor component="button" type="button" c="inherit" onClick={onActor} aria-label={`Only by ${of.actor}`}>
          {of.actor}
        </Anchor>
      </Table.Td>
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

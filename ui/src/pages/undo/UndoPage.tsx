import { Anchor, Box, Button, Group, Stack, Table, Text } from "@mantine/core";
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
import { changed, type Offer, offered, parts, type Taken } from "./say";
import { TakeBack } from "./TakeBack";
import { UndoFilters } from "./UndoFilters";

/** What was changed as one, newest first, and taking it back. */
export function UndoPage() {
  const of = useSearch({ from: "/undo" });
  const go = useNavigate();
  const set = (search: UndoOf) => void go({ to: "/undo", search, replace: true });
  const [taking, setTaking] = useState<Offer>();
  const [done, setDone] = useState<{ of: Offer; came: Taken }>();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(undoQuery(of));
  const items = data?.pages.flatMap((p) => p.items ?? []) ?? [];
  return (
    <Page
      name="Undo"
      title="Undo"
      sub="Everything that changed records: what wrote last is on top. Any of it can be undone."
    >
      <Stack gap="md">
        <UndoFilters of={of} actors={[...new Set(items.map((s) => s.actor))].sort()} set={set} />
        <ErrorNote error={error} retry={refetch} />
        {done && (
          <Group gap="xs" role="status">
            <Text>
              {done.of.again ? "Done again" : "Taken back"}: {parts(done.came).join(", ") || "nothing changed"}.
            </Text>
            {done.came.id && (
              <Button
                size="xs"
                variant="subtle"
                onClick={() => setTaking({ ...done.of, id: done.came.id ?? "", again: !done.of.again })}
              >
                {done.of.again ? "Take it back" : "Do it again"}
              </Button>
            )}
          </Group>
        )}
        {!data && !error && <Waiting rows={6} />}
        {data && items.length === 0 && <Nothing narrowed={Object.values(of).some(Boolean)} all={() => set({})} />}
        {items.length > 0 && (
          <div className="panel scroll-x">
            <Table className="stack">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>What</Table.Th>
                  <Table.Th>Changed</Table.Th>
                  <Table.Th>By</Table.Th>
                  <Table.Th>When</Table.Th>
                  <Table.Th />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((s) => (
                  <Row key={s.id} of={s} onTake={setTaking} onActor={() => set({ ...of, by: s.actor })} />
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
      {taking && (
        <TakeBack of={taking} onClose={() => setTaking(undefined)} onDone={(came) => setDone({ of: taking, came })} />
      )}
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

function Row({ of, onTake, onActor }: { of: ChangeSet; onTake: (o: Offer) => void; onActor: () => void }) {
  const offer = offered(of);
  const verb = of.broken ? "Go on" : offer?.again ? "Do it again" : "Take back";
  const stands = of.taken_back_by ? (of.kind === "undo" ? "Done again" : "Taken back") : of.broken ? "Broke off" : "";
  return (
    <Table.Tr>
      <Table.Td data-rest>
        <Text>{readable(sentence(of.what).replace(/\.$/, ""))}</Text>
        {(stands || of.cannot_be) && (
          <Text c="dimmed" size="xs">
            {stands || sentence(of.cannot_be ?? "")}
          </Text>
        )}
      </Table.Td>
      <Table.Td data-label="Changed" className="tabular">
        {changed(of) || "–"}
      </Table.Td>
      <Table.Td>
        <Anchor component="button" type="button" c="inherit" onClick={onActor} aria-label={`Only by ${of.actor}`}>
          {of.actor}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <TimeAgo at={of.at} />
        {of.begun_at && new Date(of.at).getTime() - new Date(of.begun_at).getTime() > 60_000 && (
          <Text c="dimmed" size="xs">
            begun <TimeAgo at={of.begun_at} />; all of it is taken back as one
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">
        {offer && (
          <Button size="xs" variant="default" onClick={() => onTake(offer)} aria-label={`${verb}: ${offer.what}`}>
            {verb}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

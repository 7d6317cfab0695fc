import { Button, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCoins, IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { type JournalOf, journalFile, journalQuery } from "../../api/queries/money";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { useAnyFieldLabel, useEnrichmentLabel, useProviderTitle } from "../../ui/labels";
import { TimeAgo } from "../../ui/TimeAgo";
import { causeLabel } from "../enrichments/outcomes";
import { JournalFilters } from "./JournalFilters";
import { isMadeUp, MadeUp, useIsMadeUp } from "./MadeUp";

/** Every charge: its record, fields, enrichment, provider, cause, units and time. */
export function Journal({ fixed, initial }: { fixed?: JournalOf; initial?: JournalOf }) {
  const [of, setOf] = useState<JournalOf>({ ...initial, ...fixed });
  const [settled] = useDebouncedValue(of, 250);
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    journalQuery(settled),
  );
  const entries = data?.pages.flatMap((p) => p.items ?? []) ?? [];
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end">
        <JournalFilters of={of} fixed={fixed} set={setOf} />
        <Button
          component="a"
          href={journalFile(settled)}
          download="journal.csv"
          variant="default"
          leftSection={<IconDownload size={14} />}
        >
          CSV
        </Button>
      </Group>
      <ErrorNote error={error} />
      {isPending ? <Skeleton h={180} /> : <Entries entries={entries} />}
      {hasNextPage && (
        <Button
          variant="default"
          loading={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
          style={{ alignSelf: "center" }}
        >
          More
        </Button>
      )}
    </Stack>
  );
}

/** What an entry is, where it is no plain charge. */
const kinds: Record<string, string> = {
  settle: "",
  grant: "granted",
  reserve: "reserved",
  release: "released",
  unknown: "may have been billed",
  resolve: "resolved",
  late: "billed late",
};

function Entries({ entries }: { entries: Schemas["JournalEntry"][] }) {
  const called = useEnrichmentLabel();
  const provider = useProviderTitle();
  const field = useAnyFieldLabel();
  const madeUp = useIsMadeUp();
  if (entries.length === 0) {
    return (
      <EmptyState icon={<IconCoins size={28} />} title="No charges">
        Every call that a provider bills becomes a line here: which record, which field, and why. If you are filtering,
        clear a filter to see more.
      </EmptyState>
    );
  }
  return (
    <div className="panel scroll-x">
      <Table className="stack" miw={820} verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>Enrichment</Table.Th>
            <Table.Th>Record</Table.Th>
            <Table.Th>Fields</Table.Th>
            <Table.Th>Provider</Table.Th>
            <Table.Th>Because</Table.Th>
            <Table.Th ta="right">Credits</Table.Th>
            <Table.Th ta="right">Units</Table.Th>
            <Table.Th>By</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((e) => (
            <Table.Tr key={e.id}>
              <Table.Td c="dimmed">
                <TimeAgo at={e.at} />
              </Table.Td>
              <Table.Td>
                {called(e.enrichment)}
                {e.deleted && (
                  <Text span c="dimmed">
                    {" (deleted)"}
                  </Text>
                )}
                {e.version > 0 && <Text span c="dimmed">{` v${e.version}`}</Text>}
              </Table.Td>
              <Table.Td>
                {e.record_id > 0 && (
                  <Link
                    to="/credits"
                    search={{ tab: "journal", record: e.record_id }}
                    style={{ color: "inherit", textDecoration: "none" }}
                  >
                    {e.record || `#${e.record_id}`}
                  </Link>
                )}
              </Table.Td>
              <Table.Td data-label="→">{(e.fields ?? []).map(field).join(", ")}</Table.Td>
              <Table.Td>
                {provider(e.provider)}
                {e.model && <Text span c="dimmed">{` ${e.model}`}</Text>}
                {madeUp(e.provider) && !isMadeUp(e.provider) && <MadeUp />}
              </Table.Td>
              <Table.Td>
                {[kinds[e.kind] ?? e.kind, e.cause && causeLabel(e.cause)].filter(Boolean).join(": ")}
                {e.try > 1 ? `, try ${e.try}` : ""}
              </Table.Td>
              <Table.Td ta="right" className="tabular" data-label="Credits">
                {e.amount_credits}
              </Table.Td>
              <Table.Td ta="right" c="dimmed" className="tabular" data-label="Units">
                {e.units}
              </Table.Td>
              <Table.Td data-label="By">{e.actor}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

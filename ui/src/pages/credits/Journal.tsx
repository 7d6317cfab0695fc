import { Button, Group, Select, Skeleton, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { body, client, type Schemas } from "../../api/client";
import { type JournalOf, journalQuery } from "../../api/queries/money";
import { ErrorNote } from "../../ui/ErrorNote";
import { TimeAgo } from "../../ui/TimeAgo";
import { csv, save } from "./csv";

const kinds = ["settle", "grant", "reserve", "release", "unknown", "overrun"];

/** Every charge: its record, fields, enrichment, provider, cause, units and time. */
export function Journal({ fixed, initial }: { fixed?: JournalOf; initial?: JournalOf }) {
  const [of, setOf] = useState<JournalOf>({ ...initial, ...fixed });
  const [settled] = useDebouncedValue(of, 250);
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    journalQuery(settled),
  );
  const entries = data?.pages.flatMap((p) => p.items ?? []) ?? [];
  const set = (key: "enrichment" | "provider", value: string) => setOf({ ...of, [key]: value || undefined });
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end">
        {!fixed?.enrichment && (
          <TextInput
            label="Enrichment"
            w={150}
            value={of.enrichment ?? ""}
            onChange={(e) => set("enrichment", e.currentTarget.value)}
          />
        )}
        {!fixed?.provider && (
          <TextInput
            label="Provider"
            w={150}
            value={of.provider ?? ""}
            onChange={(e) => set("provider", e.currentTarget.value)}
          />
        )}
        <TextInput
          label="Record number"
          w={110}
          inputMode="numeric"
          value={of.record ?? ""}
          onChange={(e) => setOf({ ...of, record: Number(e.currentTarget.value) || undefined })}
        />
        <Select
          label="Kind"
          w={120}
          clearable
          data={kinds}
          value={of.kind ?? null}
          onChange={(v) => setOf({ ...of, kind: v ?? undefined })}
        />
        <CsvButton of={settled} />
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

function Entries({ entries }: { entries: Schemas["JournalEntry"][] }) {
  if (entries.length === 0) {
    return (
      <Text c="dimmed" ta="center" py="lg">
        No charges here.
      </Text>
    );
  }
  return (
    <div className="panel scroll-x">
      <Table miw={900} verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>Kind</Table.Th>
            <Table.Th>Enrichment</Table.Th>
            <Table.Th>Record</Table.Th>
            <Table.Th>Fields</Table.Th>
            <Table.Th>Provider</Table.Th>
            <Table.Th>Because</Table.Th>
            <Table.Th ta="right">Units</Table.Th>
            <Table.Th ta="right">Credits</Table.Th>
            <Table.Th>By</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((e) => (
            <Table.Tr key={e.id}>
              <Table.Td c="dimmed">
                <TimeAgo at={e.at} />
              </Table.Td>
              <Table.Td>{e.kind}</Table.Td>
              <Table.Td>
                {e.enrichment}
                {e.version > 0 && <Text span c="dimmed">{` v${e.version}`}</Text>}
              </Table.Td>
              <Table.Td>{e.record || (e.record_id ? `#${e.record_id}` : "")}</Table.Td>
              <Table.Td>{(e.fields ?? []).join(", ")}</Table.Td>
              <Table.Td>
                {e.provider}
                {e.model && <Text span c="dimmed">{` ${e.model}`}</Text>}
              </Table.Td>
              <Table.Td>
                {e.cause}
                {e.try > 1 ? `, try ${e.try}` : ""}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {e.units}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {e.amount_credits}
              </Table.Td>
              <Table.Td>{e.actor}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** Downloads the whole journal as filtered, page by page. */
function CsvButton({ of }: { of: JournalOf }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const download = async () => {
    setBusy(true);
    setError(null);
    try {
      const rows: string[][] = [
        [
          "id",
          "at",
          "kind",
          "enrichment",
          "version",
          "record_id",
          "fields",
          "provider",
          "model",
          "cause",
          "try",
          "units",
          "amount_credits",
          "actor",
        ],
      ];
      for (let after: string | undefined = ""; after !== undefined; ) {
        const page: Schemas["ListJournalEntry"] = await body(
          client.GET("/api/v1/credits/journal", {
            params: { query: { ...of, limit: 1000, after: after || undefined } },
          }),
        );
        for (const e of page.items ?? []) rows.push(line(e));
        after = page.next || undefined;
      }
      save("journal.csv", csv(rows));
    } catch (err) {
      setError(err);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" leftSection={<IconDownload size={14} />} loading={busy} onClick={() => void download()}>
        CSV
      </Button>
      <ErrorNote error={error} />
    </>
  );
}

const line = (e: Schemas["JournalEntry"]): string[] => [
  String(e.id),
  e.at,
  e.kind,
  e.enrichment,
  String(e.version),
  String(e.record_id),
  (e.fields ?? []).join(" "),
  e.provider,
  e.model ?? "",
  e.cause,
  String(e.try),
  e.units,
  e.amount_credits,
  e.actor,
];

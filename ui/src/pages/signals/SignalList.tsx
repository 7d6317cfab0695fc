import { Badge, Button, Table, Text, UnstyledButton } from "@mantine/core";
import { IconBolt } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { type Signal, type SignalsOf, signalRulesQuery, signalsQuery } from "../../api/queries/signals";
import { SideDialog } from "../../ui/Dialog";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { called } from "../../ui/labels";
import { companyOf, plainWord, side, sides } from "../../ui/signalWords";
import { TimeAgo } from "../../ui/TimeAgo";
import { Waiting } from "../../ui/Waiting";
import { RecordPanel } from "../records/RecordPanel";
import { SignalFilters } from "./SignalFilters";
import { Teach } from "./Teach";
import { Told } from "./Told";

/** The signals, newest first, narrowed by what the address says. */
export function SignalList() {
  const { tab: _, record, of: entity, ...rest } = useSearch({ from: "/signals" });
  const of: SignalsOf = { ...rest, entity };
  const go = useNavigate();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(signalsQuery(of));
  const rules = useQuery(signalRulesQuery).data?.items;
  const [told, setTold] = useState<number>();
  const items = data?.pages.flatMap((p) => p.items ?? []) ?? [];
  const narrowed = Object.values(of).some(Boolean);
  const set = ({ entity, ...next }: SignalsOf) => void go({ to: "/signals", search: { ...next, of: entity } });
  const open = (id: number | undefined) => void go({ to: "/signals", search: { ...rest, of: entity, record: id } });
  return (
    <>
      <SignalFilters of={of} items={items} set={set} />
      <ErrorNote error={error} retry={refetch} />
      {!data && !error && <Waiting rows={6} />}
      {data && rules && items.length === 0 && <Nothing narrowed={narrowed} rules={rules.length} all={() => set({})} />}
      {items.length > 0 && (
        <div className="panel scroll-x">
          <Table className="stack" highlightOnHover miw={980} aria-label="Signals">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Record</Table.Th>
                <Table.Th>Company</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>From → to</Table.Th>
                <Table.Th>Happened</Table.Th>
                <Table.Th>Learned of</Table.Th>
                <Table.Th>First source</Table.Th>
                <Table.Th ta="right">Sources</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((s) => (
                <Row
                  rules={rules ?? []}
                  key={s.id}
                  of={s}
                  onOpen={() => open(s.record_id)}
                  onTold={() => setTold(s.id)}
                />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {hasNextPage && (
        <Button mt="sm" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
      {told !== undefined && <Told id={told} onClose={() => setTold(undefined)} />}
      <SideDialog
        opened={record !== undefined}
        onClose={() => open(undefined)}
        position="right"
        size="min(440px, 100vw)"
        padding={0}
        withCloseButton={false}
        label="Record"
      >
        {record !== undefined && <RecordPanel key={record} id={record} onClose={() => open(undefined)} />}
      </SideDialog>
    </>
  );
}

type RowProps = { of: Signal; rules: { name: string; label: string }[]; onOpen: () => void; onTold: () => void };

function Row({ of, rules, onOpen, onTold }: RowProps) {
  const name = of.record || `Record ${of.record_id}`;
  const [from, to] = sides(of);
  return (
    <Table.Tr>
      <Table.Td data-rest>
        <UnstyledButton fw={550} fz="inherit" onClick={onOpen} aria-label={`Open ${name}`}>
          {name}
        </UnstyledButton>
      </Table.Td>
      <Table.Td>{of.entity === "people" ? companyOf(of) : ""}</Table.Td>
      <Table.Td>
        {plainWord(of.kind || of.type)} {of.sample && <Badge color="gray">sample</Badge>}{" "}
        {of.retracted_at && (
          <Badge
            color="orange"
            title={`Its last witness was taken back on ${new Date(of.retracted_at).toLocaleString()}`}
          >
            retracted
          </Badge>
        )}
        {of.kind && (
          <Text c="dimmed" size="xs">
            {plainWord(of.type)}
          </Text>
        )}
      </Table.Td>
      <Table.Td maw={340} data-line style={{ overflowWrap: "anywhere" }}>
        <Text span c="dimmed" inherit>
          {from || "not known"}
        </Text>{" "}
        → {to || "not known"}
        {side(of.details) && (
          <Text c="dimmed" size="xs">
            {side(of.details)}
          </Text>
        )}
      </Table.Td>
      <Table.Td data-label="Happened" style={{ whiteSpace: "nowrap" }}>
        {of.since ?? "not known"}
      </Table.Td>
      <Table.Td data-label="Learned of">
        <TimeAgo at={of.at} />
      </Table.Td>
      <Table.Td data-label="Source">
        {of.source}
        {of.rule && (
          <Text c="dimmed" size="xs" style={{ whiteSpace: "nowrap" }}>
            {called(of.rule, rules)}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" className="tabular" data-label="Sources">
        <UnstyledButton
          fz="inherit"
          onClick={onTold}
          td="underline"
          aria-label={`Who told of ${name}: ${of.witnesses}`}
        >
          {of.witnesses}
        </UnstyledButton>
      </Table.Td>
    </Table.Tr>
  );
}

function Nothing({ narrowed, rules, all }: { narrowed: boolean; rules: number; all: () => void }) {
  if (narrowed)
    return (
      <EmptyState
        icon={<IconBolt size={30} stroke={1.5} />}
        title="No matching signals"
        actions={
          <Button variant="default" onClick={all}>
            Show all signals
          </Button>
        }
      />
    );
  if (rules === 0) return <Teach />;
  return (
    <EmptyState icon={<IconBolt size={30} stroke={1.5} />} title="Nothing has happened yet">
      Rules look at changes from the moment they are made. A signal shows up here right after the change.
    </EmptyState>
  );
}

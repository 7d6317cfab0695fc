import { Stack, Table, Text } from "@mantine/core";
import type { DestinationCheck, SendOutcome } from "../../api/queries/flows";
import { grouped } from "../../ui/grouped";
import { outcomeWords } from "./words";

/** What did not happen yet, in a dry run. */
const wouldBe: Partial<Record<SendOutcome, string>> = {
  written: "would be written",
  tried_again: "not told now: would be tried again",
};

/** What a dry run says. */
export function CheckResult({ of }: { of: DestinationCheck }) {
  const outcomes = Object.entries(of.outcomes) as [SendOutcome, number][];
  return (
    <Stack gap="xs" role="region" aria-label="Dry run">
      <Text>
        {grouped(of.looked)} of {grouped(of.audience)} records looked at
        {outcomes.length === 0 ? ": nobody is in the audience." : "."}
      </Text>
      {outcomes.length > 0 && (
        <Table aria-label="What would become of them" maw={420}>
          <Table.Tbody>
            {outcomes.map(([o, n]) => (
              <Table.Tr key={o}>
                <Table.Td fw={o === "written" ? 600 : undefined}>{wouldBe[o] ?? outcomeWords[o]}</Table.Td>
                <Table.Td ta="right" className="tabular">
                  {grouped(n)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Table.ScrollContainer minWidth={480}>
        <Table aria-label="What would be set">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Sets</Table.Th>
              <Table.Th ta="right">Fills</Table.Th>
              <Table.Th ta="right">Replaces</Table.Th>
              <Table.Th ta="right">Keeps</Table.Th>
              <Table.Th ta="right">Same</Table.Th>
              <Table.Th ta="right">Blank here</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(of.properties ?? []).map((p) => (
              <Table.Tr key={p.property}>
                <Table.Td>{p.property}</Table.Td>
                <Table.Td ta="right">{grouped(p.fills)}</Table.Td>
                <Table.Td ta="right">{grouped(p.replaces)}</Table.Td>
                <Table.Td ta="right">{grouped(p.keeps)}</Table.Td>
                <Table.Td ta="right">{grouped(p.same)}</Table.Td>
                <Table.Td ta="right">{grouped(p.blank)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {(of.samples ?? []).slice(0, 5).map((s) => (
        <Text key={s.record_id} size="sm" c="dimmed">
          {s.remote_id}: {(s.changes ?? []).map((c) => `${c.property} ${c.before || "blank"} → ${c.after}`).join(", ")}
        </Text>
      ))}
    </Stack>
  );
}

import { Table, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Confirm } from "./Confirm";
import { grouped } from "./grouped";
import { useEnrichmentLabel } from "./labels";
import { Money } from "./MoneyText";
import { type QuietSpend, quietSpendOf } from "./quietSpend";

export { type QuietSpend, quietSpendOf };

/**
 * Does something that may spend in live enrichments: if the server asks first,
 * the rows and the price are shown, and it is done again with the answer.
 */
export function useGuarded<T>(act: (confirm: boolean) => Promise<T>, then: (done: T) => void) {
  const [asked, setAsked] = useState<QuietSpend[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const run = async (confirm = false) => {
    setBusy(true);
    setError(null);
    try {
      const done = await act(confirm);
      setAsked(null);
      then(done);
    } catch (err) {
      const spend = quietSpendOf(err);
      if (spend && !confirm) setAsked(spend);
      else setError(err);
    } finally {
      setBusy(false);
    }
  };
  return {
    run: () => void run(),
    busy,
    error: asked ? null : error,
    forget: () => setError(null),
    ask: (words: { title: string; action: string; children?: ReactNode }) =>
      asked && (
        <Confirm
          opened
          title={words.title}
          action={words.action}
          busy={busy}
          error={error}
          onClose={() => setAsked(null)}
          onConfirm={() => void run(true)}
        >
          <Text>Live enrichments follow this, and would buy:</Text>
          <SpendTable spend={asked} />
          {words.children}
        </Confirm>
      ),
  };
}

/** The rows and the price that a change would put into live enrichments. */
export function SpendTable({ spend }: { spend: QuietSpend[] }) {
  const called = useEnrichmentLabel();
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Enrichment</Table.Th>
          <Table.Th ta="right">Rows</Table.Th>
          <Table.Th ta="right">To buy</Table.Th>
          <Table.Th ta="right">At most</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {spend.map((q) => (
          <Table.Tr key={q.enrichment}>
            <Table.Td>{called(q.enrichment)}</Table.Td>
            <Table.Td ta="right" className="tabular">
              {grouped(q.rows)}
            </Table.Td>
            <Table.Td ta="right" className="tabular">
              {grouped(q.to_buy)}
            </Table.Td>
            <Table.Td ta="right">
              <Money credits={q.high_credits} both />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

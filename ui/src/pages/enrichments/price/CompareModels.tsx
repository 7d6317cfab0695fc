import { Group, Stack, Table, Text } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../../api/client";
import { estimateQuery } from "../../../api/queries/enrichments";
import { pricesQuery } from "../../../api/queries/providers";
import { formatCredits } from "../../../ui/money";
import { Pickers } from "../../../ui/Pickers";
import { pricesOf } from "../editor/draft";

/** The same rows asked of other models of the same vendor: what they would cost. */
export function CompareModels({ of, estimate }: { of: Schemas["EnrichmentView"]; estimate: Schemas["Estimate"] }) {
  const own = of.definition.steps.find((s) => s.model);
  const [chosen, setChosen] = useState<string[]>([]);
  const prices = useQuery({ ...pricesQuery, enabled: Boolean(own) }).data?.items ?? [];
  const others = useQueries({ queries: chosen.map((model) => estimateQuery(of.name, { model })) });
  if (!own?.model) return null;
  const models = pricesOf(own.provider, prices)
    .map((p) => p.model)
    .filter((model) => model !== own.model);
  const rows = [
    { model: own.model, estimate, error: null as Error | null },
    ...chosen.map((model, i) => ({ model, estimate: others[i]?.data, error: others[i]?.error ?? null })),
  ];
  return (
    <Stack gap={6}>
      <Group align="flex-end">
        <Pickers
          label="Compare models"
          w={360}
          maxValues={3}
          data={models}
          value={chosen}
          onChange={setChosen}
          placeholder={chosen.length ? undefined : "See what another model would cost"}
        />
      </Group>
      {chosen.length > 0 && (
        <Table maw={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Model</Table.Th>
              <Table.Th ta="right">Lowest</Table.Th>
              <Table.Th ta="right">Expected</Table.Th>
              <Table.Th ta="right">Highest</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((r) => (
              <Table.Tr key={r.model}>
                <Table.Td>{r.model}</Table.Td>
                {r.estimate ? (
                  [r.estimate.low_credits, r.estimate.expected_credits, r.estimate.high_credits].map((c, i) => (
                    <Table.Td key={i} ta="right" className="tabular">
                      {formatCredits(c)}
                    </Table.Td>
                  ))
                ) : (
                  <Table.Td colSpan={3}>
                    <Text c="dimmed">{r.error?.message ?? "…"}</Text>
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  );
}

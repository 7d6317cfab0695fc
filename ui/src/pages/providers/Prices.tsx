import { Button, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { pricesQuery, useSetPrice } from "../../api/queries/providers";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { May } from "../../ui/Permitted";

type Price = Schemas["ModelPrice"];

/** What the AI models cost; a model without a price does not run. */
export function Prices() {
  const { data, error } = useQuery(pricesQuery);
  const [search, setSearch] = useState("");
  const [edited, setEdited] = useState<Price | null>(null);
  const items = (data?.items ?? []).filter((p) =>
    `${p.provider} ${p.model}`.toLowerCase().includes(search.toLowerCase()),
  );
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fw={600} component="h2">
          Prices of models, in US$ per million tokens
        </Text>
        <TextInput
          aria-label="Find a model"
          placeholder="Find a model"
          value={search}
          onChange={(e) => setSearch(e.currentTarget.value)}
        />
      </Group>
      <ErrorNote error={error} />
      <div className="panel scroll-x">
        <Table className="stack" miw={560} verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Model</Table.Th>
              <Table.Th>Provider</Table.Th>
              <Table.Th ta="right">In</Table.Th>
              <Table.Th ta="right">Out</Table.Th>
              <Table.Th ta="right">Context</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.slice(0, 40).map((p) => (
              <Table.Tr key={`${p.provider}/${p.model}`}>
                <Table.Td className="mono" data-rest>
                  {p.model}
                </Table.Td>
                <Table.Td>{p.provider}</Table.Td>
                <Table.Td ta="right" className="tabular" data-label="In">
                  {p.input_usd}
                </Table.Td>
                <Table.Td ta="right" className="tabular" data-label="Out">
                  {p.output_usd}
                </Table.Td>
                <Table.Td ta="right" className="tabular" data-label="Context">
                  {grouped(p.context_tokens)}
                </Table.Td>
                <Table.Td ta="right">
                  <May to="spend">
                    <Button
                      variant="subtle"
                      size="compact-xs"
                      onClick={() => setEdited(p)}
                      aria-label={`Change the price of ${p.model}`}
                    >
                      Change
                    </Button>
                  </May>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {items.length > 40 && <Text c="dimmed">{items.length - 40} more: type to find one.</Text>}
      {edited && <EditPrice of={edited} onClose={() => setEdited(null)} />}
    </Stack>
  );
}

function EditPrice({ of, onClose }: { of: Price; onClose: () => void }) {
  const save = useSetPrice();
  const [input, setInput] = useState(of.input_usd);
  const [output, setOutput] = useState(of.output_usd);
  return (
    <Confirm
      opened
      title={`The price of ${of.model}`}
      action="Set the price"
      busy={save.isPending}
      error={save.error}
      onClose={onClose}
      onConfirm={() =>
        save.mutate(
          { provider: of.provider, model: of.model, input_usd: input, output_usd: output },
          { onSuccess: onClose },
        )
      }
    >
      <Group grow>
        <TextInput label="In" value={input} onChange={(e) => setInput(e.currentTarget.value)} />
        <TextInput label="Out" value={output} onChange={(e) => setOutput(e.currentTarget.value)} />
      </Group>
      <Text c="dimmed" size="xs">
        US dollars per million tokens, from today. What was spent before keeps its price.
      </Text>
    </Confirm>
  );
}

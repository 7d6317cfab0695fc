import { Button, Group, Select, Skeleton, Stack, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { limitsQuery, useSetLimit } from "../../api/queries/money";
import { providersQuery } from "../../api/queries/providers";
import { ErrorNote } from "../../ui/ErrorNote";
import { useEnrichmentLabel, useProviderTitle } from "../../ui/labels";
import { useCreditUSD } from "../../ui/MoneyText";
import { creditsText, formatMoney, micro } from "../../ui/money";
import { May, WhyNot } from "../../ui/Permitted";
import { Picker } from "../../ui/Picker";
import { periods } from "../enrichments/dialogs/LimitForm";
import { creditsError, recordsError } from "../enrichments/dialogs/limitInput";
import { LimitMeter } from "../enrichments/LimitMeter";
import { Budgets } from "./Budgets";

/** Every limit of the workspace, and a form for those that are not an enrichment's. */
export function Limits() {
  const { data, error, refetch } = useQuery(limitsQuery);
  const items = data?.items ?? [];
  const called = useEnrichmentLabel();
  const provider = useProviderTitle();
  return (
    <Stack gap="lg">
      <ErrorNote error={error} retry={refetch} />
      {!data && !error && <Skeleton h={100} />}
      {items.length > 0 && (
        <div className="panel scroll-x">
          <Table className="stack" miw={600}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Of</Table.Th>
                <Table.Th>Name</Table.Th>
                <Table.Th w={260}>Used</Table.Th>
                <Table.Th>Counted</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((l) => (
                <Table.Tr key={`${l.scope}-${l.key}-${l.per}`}>
                  <Table.Td>{l.scope}</Table.Td>
                  <Table.Td data-rest title={l.key}>
                    {l.scope === "enrichment" ? (
                      <Link
                        to="/enrichments/$name"
                        params={{ name: l.key }}
                        search={{ tab: "limit" }}
                        style={{ color: "inherit" }}
                      >
                        {called(l.key)}
                      </Link>
                    ) : l.scope === "provider" ? (
                      provider(l.key)
                    ) : (
                      l.key
                    )}
                  </Table.Td>
                  <Table.Td data-line>
                    <LimitMeter limit={l} />
                  </Table.Td>
                  <Table.Td data-label="Counted">{periods.find((p) => p.value === l.per)?.label}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <NewLimit />
      <Budgets />
    </Stack>
  );
}

type Scope = Schemas["SetLimitRequest"]["scope"];

function NewLimit() {
  const set = useSetLimit();
  const usd = useCreditUSD();
  const providers = useQuery(providersQuery).data?.items ?? [];
  const [scope, setScope] = useState<Scope>("workspace");
  const [key, setKey] = useState("");
  const [credits, setCredits] = useState("");
  const [records, setRecords] = useState("");
  const [per, setPer] = useState("month");
  const wrong = creditsError(credits) ?? recordsError(records);
  const good = !wrong && (micro(credits) > 0n || Number(records) > 0) && (scope === "workspace" || key !== "");
  return (
    <form
      className="panel"
      style={{ padding: 16 }}
      onSubmit={(e) => {
        e.preventDefault();
        if (good)
          set.mutate({
            scope,
            key: scope === "workspace" ? undefined : key,
            credits: credits.trim() || undefined,
            records: Number(records) || undefined,
            per: per as "month",
          });
      }}
    >
      <Stack gap="sm">
        <Text fw={600} component="h2">
          Set a limit for the workspace, a budget, a provider or a person
        </Text>
        <Group gap="xs" align="flex-start">
          <Select
            label="Of"
            w={120}
            data={["workspace", "budget", "provider", "person"]}
            value={scope}
            allowDeselect={false}
            onChange={(v) => setScope((v as Scope) ?? "workspace")}
          />
          {scope === "provider" && (
            <Picker
              label="Provider"
              w={170}
              data={providers.map((p) => ({ value: p.name, label: p.title }))}
              value={key || null}
              onChange={(v) => setKey(v ?? "")}
            />
          )}
          {scope === "budget" && (
            <TextInput
              label="Budget"
              w={170}
              value={key}
              onChange={(e) => setKey(e.currentTarget.value)}
              description="Lower-case letters, digits, hyphens"
            />
          )}
          {scope === "person" && (
            <TextInput label="Person" w={170} value={key} onChange={(e) => setKey(e.currentTarget.value)} />
          )}
          <TextInput
            label="Credits"
            w={110}
            inputMode="decimal"
            value={credits}
            onChange={(e) => setCredits(e.currentTarget.value)}
            error={creditsError(credits)}
          />
          <TextInput
            label="Records"
            w={110}
            inputMode="numeric"
            value={records}
            onChange={(e) => setRecords(e.currentTarget.value)}
            error={recordsError(records)}
            placeholder="any"
          />
          <Select
            label="Counted"
            w={170}
            data={periods.filter((p) => p.value !== "run")}
            value={per}
            allowDeselect={false}
            onChange={(v) => setPer(v ?? "month")}
          />
          <May to={scope === "person" ? "rule" : "spend"}>
            <Button type="submit" mt={20} disabled={!good} loading={set.isPending}>
              Set the limit
            </Button>
          </May>
        </Group>
        <WhyNot to={scope === "person" ? "rule" : "spend"} />
        {micro(credits) > 0n && (
          <Text size="xs" c="dimmed">
            {creditsText(credits)} = {formatMoney(credits, usd)}
          </Text>
        )}
        <ErrorNote error={set.error} />
      </Stack>
    </form>
  );
}

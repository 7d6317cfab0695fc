import { Button, SegmentedControl, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconCoins } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { code } from "../../api/code";
import { type SpendGroup, spendQuery } from "../../api/queries/money";
import { Bar } from "../../ui/Bar";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { useEnrichmentLabel, useProviderTitle } from "../../ui/labels";
import { approx, creditsText, formatCredits, fromMicro, micro } from "../../ui/money";
import { sentence } from "../../ui/words";
import { causeLabel } from "../enrichments/outcomes";
import { MadeUp, useAllMadeUp, useIsMadeUp } from "./MadeUp";
import { Why } from "./Why";

const SpendStack = lazy(code(() => import("./SpendStack")));
const Forecasts = lazy(code(() => import("./Forecasts")));
const groups: SpendGroup[] = ["enrichment", "provider", "model", "cause", "day"];

/** What drove the spend, over time and by group. */
export function Spend() {
  const { group: asked } = useSearch({ from: "/credits" });
  const go = useNavigate();
  const group = groups.find((g) => g === asked) ?? "enrichment";
  const { data, error, refetch } = useQuery(spendQuery(group));
  const rows = [...(data?.items ?? [])].sort((a, b) =>
    group === "day" ? b.key.localeCompare(a.key) : approx(b.settled_credits) - approx(a.settled_credits),
  );
  const called = useEnrichmentLabel();
  const provider = useProviderTitle();
  const shown = (key: string) => {
    if (group === "enrichment") return called(key);
    if (group === "provider") return provider(key);
    return group === "cause" ? sentence(causeLabel(key)).slice(0, -1) : key;
  };
  const [allMadeUp, isMadeUp] = [useAllMadeUp(), useIsMadeUp()];
  const madeUp = (key: string) => (group === "enrichment" ? allMadeUp(key) : group === "provider" && isMadeUp(key));
  const total = rows.reduce((n, r) => n + micro(r.settled_credits), 0n);
  return (
    <Stack gap="lg">
      {rows.length > 0 && (
        <Suspense fallback={<Skeleton h={320} />}>
          <SpendStack />
          <Forecasts />
        </Suspense>
      )}
      {data && rows.length > 0 && <Why />}
      {data && rows.length > 0 && (
        <SegmentedControl
          aria-label="Group by"
          data={groups.map((g) => ({ value: g, label: `by ${g}` }))}
          value={group}
          onChange={(group) =>
            void go({ to: "/credits", search: (s) => ({ ...s, tab: "spend", group }), replace: true })
          }
          style={{ alignSelf: "flex-start" }}
        />
      )}
      <ErrorNote error={error} retry={refetch} />
      {!data && !error && <Skeleton h={140} />}
      {data && rows.length === 0 && (
        <EmptyState
          icon={<IconCoins size={28} />}
          title="Nothing spent yet"
          actions={
            <Button component={Link} to="/enrichments" variant="default">
              See the enrichments
            </Button>
          }
        >
          Credits are spent when an enrichment asks a provider. Each one is listed here with what it bought.
        </EmptyState>
      )}
      {rows.length > 0 && (
        <div className="panel scroll-x">
          <Table className="stack" miw={640}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th tt="capitalize">{group}</Table.Th>
                <Table.Th w="26%" />
                <Table.Th ta="right">Credits</Table.Th>
                <Table.Th ta="right">Calls</Table.Th>
                <Table.Th ta="right">Found</Table.Th>
                <Table.Th ta="right">Credits for each found</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((r) => (
                <Table.Tr key={`${r.key}-${r.deleted}`}>
                  <Table.Td data-line>
                    {shown(r.key) || (group === "model" ? "No model: data providers" : "None")}
                    {madeUp(r.key) && <MadeUp />}
                    {r.deleted && (
                      <Text span c="dimmed">
                        {" (deleted)"}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td data-line>
                    <Bar
                      total={approx(fromMicro(total))}
                      label={`${shown(r.key)}: ${creditsText(r.settled_credits)}`}
                      parts={[
                        {
                          value: approx(r.settled_credits),
                          color: "var(--mantine-primary-color-filled)",
                          label: shown(r.key),
                        },
                      ]}
                    />
                  </Table.Td>
                  <Table.Td ta="right" className="tabular" data-label="Credits">
                    {formatCredits(r.settled_credits)}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular" data-label="Calls">
                    {grouped(r.calls)}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular" data-label="Found">
                    {grouped(r.found)}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular" data-label="Each">
                    {formatCredits(r.cost_per_found_credits)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Stack>
  );
}

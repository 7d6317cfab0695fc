import { Button, Checkbox, Group, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError, type Schemas } from "../../api/client";
import { type RowsOf, rowsQuery, useRetry } from "../../api/queries/enrichments";
import { fieldsQuery } from "../../api/queries/records";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { formatCredits } from "../../ui/money";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { count, readable } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import { RerunDialog } from "./dialogs/RerunDialog";
import { causeLabel, outcomes } from "./outcomes";
import { OutcomeDot, text } from "./Pilot";
import { Reasons } from "./Reasons";
import classes from "./Rows.module.css";
import { labelsOf, outputFields } from "./things";

type Enrichment = Schemas["EnrichmentView"];
const explained = new Set(["failed", "unknown", "missing_input", "skipped", "waiting"]);
const unfinished = new Set(["pending", "waiting", "running"]);

/** The rows by outcome, each with its cause; and the retry of those that can be. */
export function Rows({ of, outcome, reason }: { of: Enrichment; outcome?: string; reason?: string }) {
  const go = useNavigate();
  const chosen = outcomes.find((o) => o.key === outcome);
  const which: RowsOf = chosen ? { [unfinished.has(chosen.key) ? "state" : "outcome"]: chosen.key } : {};
  const query = rowsQuery(of.name, { ...which, detail: reason });
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage, isPending } = useInfiniteQuery(query);
  const rows = data?.pages.flatMap((p) => p.items ?? []) ?? [];
  const choose = (key: string | undefined, reason?: string) =>
    void go({ to: "/enrichments/$name", params: { name: of.name }, search: { tab: "rows", outcome: key, reason } });
  return (
    <Stack gap="sm">
      <fieldset className={classes.filters} aria-label="Rows by outcome">
        <Filter
          label="All"
          n={outcomes.reduce((n, o) => n + of.rows[o.key], 0)}
          active={!chosen}
          onClick={() => choose(undefined)}
        />
        {outcomes
          .filter((o) => of.rows[o.key] > 0 || o.key === outcome)
          .map((o) => (
            <Filter
              key={o.key}
              label={o.label}
              color={o.color}
              n={of.rows[o.key]}
              active={o === chosen}
              onClick={() => choose(o.key)}
            />
          ))}
      </fieldset>
      {chosen && (
        <Group justify="space-between">
          <Text c="dimmed">{chosen.means}</Text>
          {chosen.retry && of.rows[chosen.key] > 0 && <Retry of={of} outcome={chosen.key} n={of.rows[chosen.key]} />}
          {chosen.key === "unknown" && of.rows.unknown > 0 && (
            <Link to="/credits" search={{ tab: "unknown" }}>
              Resolve them
            </Link>
          )}
        </Group>
      )}
      {chosen && explained.has(chosen.key) && of.rows[chosen.key] > 0 && (
        <Reasons
          name={of.name}
          of={which}
          rows={of.rows[chosen.key]}
          chosen={reason}
          onChoose={(r) => choose(chosen.key, r)}
        />
      )}
      <ErrorNote error={error} />
      {isPending ? (
        <Waiting rows={10} />
      ) : rows.length === 0 ? (
        <Text c="dimmed" py="lg" ta="center">
          No rows here{of.state === "draft" ? ": it has not been started" : ""}.
        </Text>
      ) : (
        <RowList rows={rows} of={of} />
      )}
      {hasNextPage && (
        <Button
          variant="default"
          loading={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
          style={{ alignSelf: "center" }}
        >
          More rows
        </Button>
      )}
    </Stack>
  );
}

function Filter({
  label,
  n,
  color,
  active,
  onClick,
}: {
  label: string;
  n: number;
  color?: string;
  active: boolean;
  onClick: () => void;
}) {
  return (
    <UnstyledButton
      className={classes.filter}
      data-active={active || undefined}
      aria-pressed={active}
      onClick={onClick}
    >
      {color && <span className={classes.dot} style={{ background: color }} />}
      {label} <span className="tabular">{grouped(n)}</span>
    </UnstyledButton>
  );
}

function RowList({ rows, of }: { rows: Schemas["RowView"][]; of: Enrichment }) {
  const fields = outputFields(of.definition);
  const labels = labelsOf(useQuery(fieldsQuery(of.entity)).data?.items);
  const [chosen, setChosen] = useState<number[]>([]);
  const [asking, ask] = useState(false);
  const choose = (id: number, on: boolean) => setChosen((all) => (on ? [...all, id] : all.filter((x) => x !== id)));
  return (
    <>
      <Group gap="sm" mih={30}>
        <May to="spend">
          <Button variant="default" disabled={chosen.length === 0} onClick={() => ask(true)}>
            {chosen.length ? `Ask again for ${count(chosen.length, "chosen row")}` : "Ask again for chosen rows"}
          </Button>
        </May>
      </Group>
      <RerunDialog of={of} opened={asking} records={chosen} onClose={() => ask(false)} onDone={() => setChosen([])} />
      <div className="panel scroll-x">
        <Table className="stack" miw={700} verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={36} aria-label="Chosen" />
              <Table.Th>Record</Table.Th>
              <Table.Th>Outcome</Table.Th>
              {fields.map((f) => (
                <Table.Th key={f}>{labels[f] ?? f}</Table.Th>
              ))}
              <Table.Th>Because</Table.Th>
              <Table.Th ta="right">Credits</Table.Th>
              <Table.Th visibleFrom="lg">When</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((r) => (
              <Table.Tr key={r.record_id}>
                <Table.Td>
                  <Checkbox
                    size="xs"
                    aria-label={`Choose ${r.name || `#${r.record_id}`}`}
                    disabled={r.state !== "done"}
                    checked={chosen.includes(r.record_id)}
                    onChange={(e) => choose(r.record_id, e.currentTarget.checked)}
                  />
                </Table.Td>
                <Table.Td data-rest>
                  <Link to={`/${of.entity}`} search={{ record: r.record_id }} className={classes.record}>
                    {r.name || `#${r.record_id}`}
                  </Link>
                </Table.Td>
                <Table.Td>
                  <OutcomeDot of={r} />
                </Table.Td>
                {fields.map((f) => (
                  <Table.Td
                    key={f}
                    className={classes.cell}
                    data-label={labels[f] ?? f}
                    title={text((r.values as Record<string, unknown> | null)?.[f]) || undefined}
                  >
                    {text((r.values as Record<string, unknown> | null)?.[f])}
                  </Table.Td>
                ))}
                <Table.Td className={classes.cell} title={readable(r.detail ?? "")} data-label="Because">
                  {readable(r.detail ?? "") || causeLabel(r.cause)}
                  <Text span size="xs" c="dimmed" hiddenFrom="lg">
                    {" · "}
                    <TimeAgo at={r.at} />
                  </Text>
                </Table.Td>
                <Table.Td ta="right" className="tabular" data-label="Credits">
                  {formatCredits(r.charged_credits, 6)}
                </Table.Td>
                <Table.Td c="dimmed" visibleFrom="lg">
                  <TimeAgo at={r.at} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </>
  );
}

function Retry({ of, outcome, n }: { of: Enrichment; outcome: keyof Schemas["RowCounts"]; n: number }) {
  const [price, setPrice] = useState<ApiError | null>(null);
  const retry = useRetry();
  const key = outcome as Schemas["RetryRequest"]["outcome"];
  const ask = () =>
    retry.mutate(
      { name: of.name, outcome: key },
      { onError: (err) => err instanceof ApiError && err.code === "confirm" && setPrice(err) },
    );
  return (
    <>
      <May to="spend">
        <Button variant="default" onClick={ask} loading={retry.isPending}>
          Ask again for {count(n, "row")}
        </Button>
      </May>
      {!price && <ErrorNote error={retry.error} />}
      <Confirm
        opened={price !== null}
        title="Ask again?"
        action="Ask again"
        busy={retry.isPending}
        error={price ? null : retry.error}
        onConfirm={() =>
          retry.mutate({ name: of.name, outcome: key, confirm: true }, { onSuccess: () => setPrice(null) })
        }
        onClose={() => {
          retry.reset();
          setPrice(null);
        }}
      >
        <Text>{price?.message}.</Text>
        <Text c="dimmed">What was billed without use may be billed again. The limit holds as ever.</Text>
      </Confirm>
    </>
  );
}

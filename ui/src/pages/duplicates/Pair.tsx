import { Badge, Button, Group, Radio, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import type { Schemas } from "../../api/client";
import { duplicateQuery } from "../../api/queries/duplicates";
import { valueText } from "../../grid/value";
import { ErrorNote } from "../../ui/ErrorNote";
import { sourceWords, useEnrichmentLabel } from "../../ui/labels";
import { Money } from "../../ui/MoneyText";
import { May } from "../../ui/Permitted";
import { count } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import classes from "./Review.module.css";

type View = Schemas["DuplicateView"];
type Detail = Schemas["DuplicateDetail"];

type Props = {
  of: View;
  survivor: number | undefined;
  onSurvivor: (id: number) => void;
  take: string[];
  onTake: (fields: string[]) => void;
  busy: boolean;
  onMerge: () => void;
  onDecide: (what: "apart" | "later") => void;
  onReopen: () => void;
  onSplit: (key: string) => void;
};

/** Two records side by side: which stays, and whose value in each field. */
export function Pair(props: Props) {
  if (!props.of.other_id) return <Several {...props} />;
  return <Two {...props} other={props.of.other_id} />;
}

/** A record that has several ids of one list: nothing splits by itself. */
function Several({ of, busy, onSplit }: Props) {
  return (
    <section className={`panel ${classes.pair}`} aria-label="Record">
      <Text fw={600} component="h2" m={0}>
        {of.name || `Record ${of.record_id}`} may be several
      </Text>
      <Reasons of={of} />
      <Text c="dimmed">
        An older version joined rows that have ids of their own. An id that is split off gets the values that it came
        with, as far as the history knows. What was bought stays here.
      </Text>
      <Group>
        {(of.reasons ?? []).map((r) =>
          r.value ? (
            <May key={r.value} to="edit">
              <Button variant="default" loading={busy} onClick={() => r.value && onSplit(r.value)}>
                Split off {r.value.replace("external:", "")}
              </Button>
            </May>
          ) : null,
        )}
        <Button
          variant="default"
          renderRoot={(props) => (
            <Link
              {...props}
              to={of.entity === "companies" ? "/companies" : "/people"}
              search={{ record: of.record_id }}
            />
          )}
        >
          Open the record
        </Button>
      </Group>
    </section>
  );
}

function Two(props: Props & { other: number }) {
  const { of, other, survivor, onSurvivor, take, busy } = props;
  const { data, error, refetch } = useQuery(duplicateQuery(of.record_id, other));
  const better = data?.survivor;
  useEffect(() => {
    if (better && !survivor) onSurvivor(better);
  }, [better, survivor, onSurvivor]);
  if (!data) return error ? <ErrorNote error={error} retry={() => void refetch()} /> : <Waiting rows={6} />;
  return (
    <section className={`panel ${classes.pair}`} aria-label="Pair">
      <Reasons of={of} />
      <Group gap="xs">
        <May to="edit">
          <Button loading={busy} onClick={props.onMerge}>
            Merge (M)
          </Button>
        </May>
        {of.state === "open" ? (
          <>
            <May to="edit">
              <Button variant="default" onClick={() => props.onDecide("apart")}>
                Keep apart (A)
              </Button>
            </May>
            <May to="edit">
              <Button variant="default" onClick={() => props.onDecide("later")}>
                Later (L)
              </Button>
            </May>
          </>
        ) : (
          <May to="edit">
            <Button variant="default" onClick={props.onReopen}>
              Decide again
            </Button>
          </May>
        )}
        <Text c="dimmed" size="xs">
          J and K: next and previous
        </Text>
      </Group>
      {data.sides && (
        <div className="scroll-x">
          <Compare
            of={data}
            survivor={survivor ?? data.survivor}
            onSurvivor={onSurvivor}
            take={take}
            onTake={props.onTake}
          />
        </div>
      )}
      <Text c="dimmed" size="xs">
        {data.survivor} is the better one to keep: {data.survivor_why}. Blanks are filled from the other one, and all
        that led to it leads to the one that stays: ids, emails, what was bought.
      </Text>
    </section>
  );
}

function Reasons({ of }: { of: View }) {
  return (
    <Stack gap={4}>
      {(of.reasons ?? []).map((r) => (
        <Group key={`${r.what}${r.text}`} gap="xs" wrap="nowrap" align="flex-start">
          <Badge
            variant="light"
            color={r.sign === "differs" ? "orange" : r.sign === "alike" ? "blue" : "teal"}
            miw={64}
          >
            {r.sign}
          </Badge>
          <Text size="sm">{r.text}</Text>
        </Group>
      ))}
      {of.enriching && of.enriching.length > 0 && (
        <Text size="sm">
          {Math.max(of.record_id, of.other_id ?? 0)} waits for this in {of.enriching.join(", ")}
          {of.enriching_credits !== undefined && (
            <>
              : enriching it costs up to <Money credits={of.enriching_credits} both />
            </>
          )}
          .
        </Text>
      )}
    </Stack>
  );
}

type CompareProps = {
  of: Detail;
  survivor: number;
  onSurvivor: (id: number) => void;
  take: string[];
  onTake: (fields: string[]) => void;
};

/** Two records side by side, with whose value of each field stays. */
export function Compare({ of, survivor, onSurvivor, take, onTake }: CompareProps) {
  const ids = [of.record_id, of.other_id ?? 0];
  const enrichment = useEnrichmentLabel();
  const loser = ids[0] === survivor ? ids[1] : ids[0];
  /** Whose value of a field stays. */
  const winner = (f: Schemas["DuplicateField"]) => {
    const values = [f.value, f.other];
    const own = values[ids.indexOf(survivor)];
    return own == null || (take.includes(f.field) && values[ids.indexOf(loser ?? 0)] != null) ? loser : survivor;
  };
  const choose = (field: string, id: number) =>
    onTake(id === survivor ? take.filter((f) => f !== field) : [...take.filter((f) => f !== field), field]);
  return (
    <Table className={classes.compare} layout="fixed">
      <Table.Thead>
        <Table.Tr>
          <Table.Th w="24%">Stays</Table.Th>
          {(of.sides ?? []).map((s) => (
            <Table.Th key={s.id}>
              <Radio
                name="survivor"
                label={`${s.name || "No name"} (${s.id})`}
                description={`${count(s.filled, "value")}, ${s.bought} bought`}
                checked={s.id === survivor}
                onChange={() => {
                  onTake([]);
                  onSurvivor(s.id);
                }}
              />
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {(of.fields ?? []).map((f) => (
          <Table.Tr key={f.field} data-differs={(!f.same && f.value != null && f.other != null) || undefined}>
            <Table.Th scope="row">{f.label}</Table.Th>
            {[f.value, f.other].map((v, i) => {
              const id = ids[i] ?? 0;
              const source = sourceWords((i === 0 ? f.source : f.other_source) ?? "", enrichment);
              const both = f.value != null && f.other != null && !f.same;
              return (
                <Table.Td key={id} data-wins={v != null && !f.same && winner(f) === id ? true : undefined}>
                  {both ? (
                    <Radio
                      name={`value-${f.field}`}
                      aria-label={`${f.label} of ${id}: ${valueText(v)}`}
                      label={valueText(v)}
                      description={source}
                      checked={winner(f) === id}
                      onChange={() => choose(f.field, id)}
                    />
                  ) : (
                    <>
                      <Text size="sm">{v == null ? "–" : valueText(v)}</Text>
                      {v != null && source && (
                        <Text size="xs" c="dimmed">
                          {source}
                        </Text>
                      )}
                    </>
                  )}
                </Table.Td>
              );
            })}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

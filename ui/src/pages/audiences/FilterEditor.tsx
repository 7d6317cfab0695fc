import { Button, Grid, Skeleton, Stack, Text } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Entity } from "../../api/client";
import { countWhereQuery } from "../../api/queries/audiences";
import { percent } from "../../ui/Bar";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { CelEditor } from "./builder/CelEditor";
import { read, write } from "./builder/cel";
import { FilterBuilder } from "./builder/FilterBuilder";
import { emptyGroup, type Group, pruned } from "./builder/tree";
import { useReadables } from "./builder/useReadables";
import { WhyWritten } from "./Explain";
import { FindRecord } from "./FindRecord";
import { Preview } from "./Preview";

/** What is being built: the text, and the tree while it holds what is not filled in yet. */
export type Draft = { text: string; tree?: Group };

type Props = {
  entity: Entity;
  value: Draft;
  onChange: (d: Draft) => void;
  readOnly?: boolean;
  /** The expression that this one takes the place of. */
  was?: string;
};

/** The builder, with who is in beside it. The same expression as text is shown on demand; each follows the other. */
export function FilterEditor({ entity, value, onChange, readOnly, was }: Props) {
  const [asText, { toggle }] = useDisclosure(false);
  const { readables, types, ready } = useReadables(entity);
  const tree = useMemo(() => value.tree ?? (ready ? read(value.text, types) : null), [value, ready, types]);
  const count = useLiveCount(entity, value.text);
  const text = asText || !tree; // what is only there as text is shown so
  if (!ready) return <Skeleton height={120} />;
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 7 }}>
        {tree ? (
          <FilterBuilder
            entity={entity}
            value={tree}
            readables={readables}
            readOnly={readOnly}
            onChange={(g) => onChange({ tree: g, text: write(pruned(g), types) })}
          />
        ) : (
          <Text c="dimmed">
            This expression is only there as text. Mend or change it, and the conditions come back.
          </Text>
        )}
        {tree && tree.items.length === 0 && (
          <Text c="dimmed" mt={6}>
            Without a condition, every record of {entity} is in.
          </Text>
        )}
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 5 }}>
        <LiveCount count={count} entity={entity} />
        {count.error ? null : <Preview entity={entity} where={value.text} was={was} />}
        <WhyNot entity={entity} where={value.text} />
      </Grid.Col>
      <Grid.Col span={12}>
        {tree && (
          <Button variant="subtle" color="gray" aria-expanded={text} onClick={toggle} px={4}>
            {text ? "Hide the text" : "As text"}
          </Button>
        )}
        {text && (
          <CelEditor
            entity={entity}
            value={value.text}
            readables={readables}
            readOnly={readOnly}
            error={count.error}
            onChange={(t) => onChange({ text: t })}
          />
        )}
        {!text && <ErrorNote error={count.error} />}
      </Grid.Col>
    </Grid>
  );
}

export const noDraft: Draft = { text: "", tree: emptyGroup() };

/** Counts what is typed, once it rests. */
export function useLiveCount(entity: Entity, where: string) {
  const [settled] = useDebouncedValue(where, 300);
  const answer = useQuery({ ...countWhereQuery(entity, settled), placeholderData: keepPreviousData });
  const all = useQuery(countWhereQuery(entity, ""));
  const resting = settled === where;
  return {
    count: answer.data?.count,
    all: all.data?.count,
    busy: !resting || answer.isFetching,
    error: resting ? answer.error : null,
  };
}

/** Asks of one record by name whether it is in, and what decides. */
function WhyNot({ entity, where }: { entity: Entity; where: string }) {
  const [open, { toggle }] = useDisclosure(false);
  const [id, setId] = useState<string | null>(null);
  const [rested] = useDebouncedValue(where, 300);
  return (
    <div style={{ marginTop: 10 }}>
      <Button variant="subtle" color="gray" px={4} aria-expanded={open} onClick={toggle}>
        {entity === "people" ? "Is somebody in it?" : "Is a company in it?"}
      </Button>
      {open && (
        <Stack gap={6}>
          <FindRecord entity={entity} id={id} onChange={setId} />
          {id && <WhyWritten entity={entity} where={rested} record={Number(id)} />}
        </Stack>
      )}
    </div>
  );
}

function LiveCount({ count, entity }: { count: ReturnType<typeof useLiveCount>; entity: Entity }) {
  return (
    <Text
      mt="sm"
      aria-live="polite"
      aria-busy={count.busy}
      className="tabular"
      style={{ opacity: count.busy ? 0.55 : 1 }}
    >
      {count.error ? (
        <Text component="span" c="dimmed">
          Not counted
        </Text>
      ) : (
        <>
          <strong style={{ fontSize: 18 }}>{count.count === undefined ? "…" : grouped(count.count)}</strong> of{" "}
          {count.all === undefined ? "…" : grouped(count.all)} {entity}
          {count.count !== undefined && count.all ? ` · ${percent(count.count, count.all)}` : ""}
          {count.busy && count.count !== undefined && (
            <Text component="span" c="dimmed">
              {" "}
              · counting…
            </Text>
          )}
        </>
      )}
    </Text>
  );
}

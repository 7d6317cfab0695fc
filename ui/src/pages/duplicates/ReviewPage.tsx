import { Button, Group, SegmentedControl, Text } from "@mantine/core";
import { IconArrowsJoin, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { Entity, Schemas } from "../../api/client";
import { ApiError } from "../../api/problem";
import {
  type Act,
  type Done,
  type DuplicateState,
  duplicateCountsQuery,
  duplicatesQuery,
  useActOnDuplicate,
  useFindDuplicates,
} from "../../api/queries/duplicates";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { Page } from "../../ui/Page";
import { May, useWhyNot } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { count } from "../../ui/time";
import { useKeys } from "../../ui/useKeys";
import { Waiting } from "../../ui/Waiting";
import { ReviewTabs } from "../strangers/ReviewTabs";
import { Listed } from "./Listed";
import { Pair } from "./Pair";
import classes from "./Review.module.css";

type View = Schemas["DuplicateView"];

const idOf = (v: View) => `${v.record_id}-${v.other_id ?? 0}`;
const nameOf = (name: string | undefined, id: number | undefined) => name || `No name (${id})`;

/** Pairs of records that may be one: a person decides, by keys or clicks. */
export function ReviewPage() {
  const search = useSearch({ from: "/review" });
  const go = useNavigate();
  const entity: Entity = search.entity ?? "people";
  const state: DuplicateState = search.state ?? "open";
  const list = useInfiniteQuery(duplicatesQuery(entity, state));
  const counts = useQuery(duplicateCountsQuery(entity)).data;
  const act = useActOnDuplicate();
  const find = useFindDuplicates();
  const mayNot = useWhyNot("edit");
  const [at, setAt] = useState(0);
  const [done, setDone] = useState<Done>();
  const [undos, keep] = useUndos();
  const [take, setTake] = useState<string[]>([]);
  const [survivor, setSurvivor] = useState<number>();

  const items = list.data?.pages.flatMap((p) => p.items ?? []) ?? [];
  const shown = items[Math.min(at, items.length - 1)];
  const chosen = shown ? idOf(shown) : "";
  // biome-ignore lint/correctness/useExhaustiveDependencies: another pair begins anew
  useEffect(() => {
    setTake([]);
    setSurvivor(undefined);
  }, [chosen]);

  const set = (change: Partial<typeof search>) => {
    setAt(0);
    void go({ to: "/review", search: { ...search, ...change } });
  };
  const run = (a: Act) => {
    if (act.isPending || mayNot) return;
    act.mutate(a, {
      onSuccess: (d) => {
        setDone(d);
        if (d.undo) keep([...undos, d.undo]);
      },
    });
  };
  /** Takes back the last act of this session that is not taken back yet. */
  const back = () => {
    const last = undos.at(-1);
    if (!last || act.isPending || mayNot) return;
    act.mutate(last, {
      onSuccess: (d) => {
        // A merge that is taken apart leaves the two kept apart: they are to be decided again.
        if (last.do === "unmerge" && d.undo) keep([...undos.slice(0, -1), d.undo]);
        else keep(undos.slice(0, -1));
        setDone({ text: d.text, undo: null });
      },
      // What cannot be taken back any more does not stand before the rest.
      onError: (e) => {
        if (!(e instanceof ApiError && e.passing)) keep(undos.slice(0, -1));
      },
    });
  };
  const decide = (what: "apart" | "later") =>
    shown?.other_id && run({ do: what, record: shown.record_id, other: shown.other_id });
  const merge = () => {
    if (!shown?.other_id || !survivor) return;
    run({ do: "merge", survivor, loser: shown.record_id + shown.other_id - survivor, take });
  };
  const step = (by: number) => setAt((n) => Math.max(0, Math.min(items.length - 1, n + by)));
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    m: merge,
    a: () => decide("apart"),
    l: () => decide("later"),
    u: back,
  });

  return (
    <Page
      name="Review"
      title="Review"
      sub={counts && <Sub counts={counts} />}
      actions={
        <Group gap="xs">
          <SegmentedControl
            aria-label="Entity"
            data={[
              { value: "people", label: "People" },
              { value: "companies", label: "Companies" },
            ]}
            value={entity}
            onChange={(v) => set({ entity: v === "companies" ? "companies" : undefined })}
          />
          <SegmentedControl
            aria-label="Which"
            data={[
              { value: "open", label: "Open" },
              { value: "later", label: "Later" },
              { value: "apart", label: "Kept apart" },
            ]}
            value={state}
            onChange={(v) => set({ state: v === "later" || v === "apart" ? v : undefined })}
          />
          <May to="edit">
            <Button
              variant="default"
              leftSection={<IconSearch size={14} />}
              loading={find.isPending || counts?.searching}
              onClick={() => find.mutate(entity)}
            >
              Look again
            </Button>
          </May>
        </Group>
      }
    >
      <ReviewTabs shown="records" />
      <ErrorNote error={list.error ?? act.error ?? find.error} retry={() => void list.refetch()} />
      <div aria-live="polite" className={classes.done}>
        {(done || undos.length > 0) && (
          <Group gap="xs">
            {done && <Text>{done.text}</Text>}
            {undos.length > 0 && (
              <Button variant="subtle" size="compact-sm" onClick={back}>
                {undos.length > 1 ? `Undo (U), ${undos.length} steps` : "Undo (U)"}
              </Button>
            )}
          </Group>
        )}
      </div>
      {!list.data && !list.error && <Waiting rows={4} />}
      {list.data && items.length === 0 && <Nothing entity={entity} state={state} counts={counts} />}
      {shown && (
        <div className={classes.both}>
          <Listed
            label="Pairs"
            items={items}
            shown={shown}
            idOf={idOf}
            line={(v) => [
              `${nameOf(v.name, v.record_id)}${v.other_id ? ` · ${nameOf(v.other, v.other_id)}` : ""}`,
              kindText(v),
            ]}
            onShow={setAt}
            onMore={list.hasNextPage ? () => void list.fetchNextPage() : undefined}
            loading={list.isFetchingNextPage}
          />
          <Pair
            key={chosen}
            of={shown}
            survivor={survivor}
            onSurvivor={setSurvivor}
            take={take}
            onTake={setTake}
            busy={act.isPending}
            onMerge={merge}
            onDecide={decide}
            onSplit={(key) => run({ do: "split", record: shown.record_id, key })}
            onReopen={() => shown.other_id && run({ do: "open", record: shown.record_id, other: shown.other_id })}
          />
        </div>
      )}
    </Page>
  );
}

function kindText(v: View): string {
  if (v.merging) return "waits for calls";
  if (v.kind === "conflict") return v.again ? "conflict, again" : "conflict";
  if (v.kind === "split") return "to split";
  if (v.score === 0) return v.again ? "again" : "";
  return `${Math.round(v.score * 100)}%${v.again ? ", again" : ""}`;
}

const many = (n: number) => grouped(n);

function Sub({ counts: c }: { counts: Schemas["DuplicateCounts"] }) {
  return (
    <>
      {count(c.conflicts, "conflict", "conflicts")}, {many(c.likely)} likely, {many(c.splits)} to split ·{" "}
      {many(c.later)} later · {many(c.apart)} kept apart
      {c.searching ? (
        " · looking for likely ones…"
      ) : c.searched_at ? (
        <>
          {" "}
          · looked for <TimeAgo at={c.searched_at} />
        </>
      ) : (
        " · likely ones were not looked for yet"
      )}
    </>
  );
}

/** What can be taken back, the last at the end: it holds until the app is loaded anew. */
function useUndos(): [Act[], (list: Act[]) => void] {
  const queries = useQueryClient();
  const key = ["review", "undo"];
  const { data = [] } = useQuery<Act[]>({ queryKey: key, queryFn: () => [], enabled: false, gcTime: Infinity });
  return [data, (list) => queries.setQueryData(key, list)];
}

/** What comes here, and how. */
function Nothing({
  entity,
  state,
  counts,
}: {
  entity: Entity;
  state: DuplicateState;
  counts?: Schemas["DuplicateCounts"];
}) {
  if (state !== "open") {
    return (
      <EmptyState icon={<IconArrowsJoin size={30} stroke={1.5} />} title="Nothing here">
        {state === "later" ? "Pairs you postpone are listed here." : "Pairs you keep apart are listed here."}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<IconArrowsJoin size={30} stroke={1.5} />}
      title={counts?.searching ? "Still looking" : "Nothing to review"}
      actions={
        <Button component={Link} to="/import" variant="default">
          Import a file
        </Button>
      }
    >
      Here come {entity === "people" ? "people" : "companies"} that an import kept apart although they share an email or
      another key, and those that look like one. Nothing is merged by itself: you merge them, value by value, keep them
      apart, or decide later. Each of these can be undone.
    </EmptyState>
  );
}

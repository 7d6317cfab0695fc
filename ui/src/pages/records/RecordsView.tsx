import { Button, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconPlus, IconSearch, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Entity, Schemas } from "../../api/client";
import { countRecordsQuery, fieldsQuery, type RecordSearch } from "../../api/queries/records";
import { anySignalQuery } from "../../api/queries/signals";
import { Grid, headHeight } from "../../grid/Grid";
import { settled } from "../../grid/look";
import { isPicked, nonePicked, type Picked, pickedCount } from "../../grid/picked";
import { alsoLately, isSignals, signalColumn } from "../../grid/signal";
import { columnsOf } from "../../grid/view";
import { heights } from "../../grid/window";
import type { GridSearch } from "../../routes";
import { command } from "../../ui/command";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { useAudienceLabel } from "../../ui/labels";
import { Only } from "../../ui/Permitted";
import { both } from "../../ui/where";
import { ColumnsMenu } from "./ColumnsMenu";
import { type CellAt, CellMenu } from "./cell/CellMenu";
import { AskedOf } from "./column/AskedOf";
import { type Asked, EnrichmentItems } from "./column/EnrichmentItems";
import { ExportMenu } from "./ExportMenu";
import { DeleteField, FieldForm } from "./FieldForm";
import { FilterButton } from "./FilterButton";
import { GroupList } from "./group/GroupList";
import { GroupMenu } from "./group/GroupMenu";
import { groupClause, groupOf, openKey, openText } from "./group/groups";
import { useGroups } from "./group/useGroups";
import { InList } from "./inList";
import { LookMenu } from "./look/LookMenu";
import { pageSearch } from "./page/list";
import { PickedBar } from "./picked/PickedBar";
import { RecordPanel } from "./RecordPanel";
import classes from "./RecordsView.module.css";
import { useSavedView } from "./useSavedView";
import { useUsualColumns } from "./useUsualColumns";
import { ViewsMenu } from "./ViewsMenu";

type Props = {
  entity: Entity;
  /** Narrows to its members. */
  audience?: string;
  /** Changes what the address says. */
  onSearch: (change: Partial<GridSearch>) => void;
};

const hints = [
  "Arrows move",
  "Shift selects",
  "Enter edits",
  "Space opens",
  "Shift Space selects the row",
  `${command}V pastes`,
  `${command}Z takes back`,
  `${command}F searches`,
  `${command}/ all keys`,
];

/** The grid with its bar and the panel of a record: of an entity, or of an audience's members. */
export function RecordsView({ entity, audience, onSearch }: Props) {
  const search = useSearch({ strict: false }) as GridSearch;
  const go = useNavigate();
  const fields = useQuery(fieldsQuery(entity));
  const [filtering, setFiltering] = useState<string | boolean>(false);
  const [form, setForm] = useState<Schemas["Field"] | "new" | null>(null);
  const [cell, setCell] = useState<CellAt>();
  const [enriching, setEnriching] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  const [doomed, setDoomed] = useState<Schemas["Field"] | null>(null);

  const called = useAudienceLabel();
  const scope = useMemo(() => (audience ? { audience } : { entity }), [audience, entity]);
  const kept = useSavedView(scope, search, onSearch);
  const { view, setView } = kept;
  const base: RecordSearch = useMemo(
    () => ({
      ...(audience ? { audience } : { entity }),
      where: search.where,
      search: search.search,
      sort: search.sort,
      desc: search.desc || undefined,
    }),
    [audience, entity, search.where, search.search, search.sort, search.desc],
  );
  const by = useMemo(() => groupOf(search.group, fields.data?.items ?? []), [search.group, fields.data]);
  const groups = useGroups(entity, base, by);
  const open = by && openKey(search.open, by);
  // The rows are those of the open group: what is picked, exported and gone through too.
  const query = useMemo(
    () => (by && open !== undefined ? { ...base, where: both(base.where, groupClause(by, open)) } : base),
    [base, by, open],
  );
  const [picked, setPicked] = usePicked(query);
  const counted = useQuery(countRecordsQuery(query));
  const count = counted.isPlaceholderData ? undefined : counted.data?.count;
  const narrowed = !!(search.where || search.search || open !== undefined);
  const happens = useQuery(anySignalQuery(entity));
  const own = fields.data?.items;
  const all = useMemo(
    () => (happens.isPending ? undefined : happens.data ? own && [...own, signalColumn(entity)] : own),
    [own, happens.isPending, happens.data, entity],
  );
  const list = useUsualColumns(entity, audience, all);
  const columns = list
    ? columnsOf(list, view)
        .map((c) => c.field.field)
        .filter((key) => !isSignals(key))
        .join(",")
    : undefined;
  const chosen = pickedCount(picked, counted.data?.count ?? 0);
  const grid = list && (
    <Grid
      key={`${audience ?? entity} ${search.open ?? ""}`}
      label={audience ? `Members of ${called(audience)}` : entity}
      entity={entity}
      query={query}
      fields={list}
      view={view}
      onView={setView}
      opened={search.record}
      onOpen={(record, at, row) => onSearch({ record, at, row: record && row !== undefined ? row + 1 : undefined })}
      row={search.row === undefined ? undefined : search.row - 1}
      field={search.field}
      picked={picked}
      onPick={setPicked}
      onMenu={setCell}
      actions={{
        sort: (sort, desc) => onSearch({ sort, desc: desc || undefined }),
        filter: (field) => {
          if (isSignals(field)) onSearch({ where: alsoLately(search.where) });
          else setFiltering(field);
        },
        gaps: (field) => {
          const gap = `blank(${field})`;
          const had = search.where;
          onSearch({ where: had?.includes(gap) ? had : both(had, gap) });
        },
        enrich: (field) =>
          void go({
            to: "/enrichments/new",
            search: { field, audience, entity: entity === "companies" ? entity : undefined },
          }),
        group: (field) => onSearch({ group: field, open: undefined, row: undefined }),
        runs: (of) => <EnrichmentItems of={of} onAsk={setAsked} />,
        edit: setForm,
        remove: setDoomed,
      }}
    />
  );
  return (
    <>
      <div className={classes.bar} role="toolbar" aria-label="Records">
        <ViewsMenu
          of={scope}
          views={kept.views}
          saved={kept.saved}
          look={list ? settled(list, kept.look) : kept.look}
          differs={kept.differs}
          onChoose={kept.choose}
        />
        <SearchBox value={search.search ?? ""} onChange={(text) => onSearch({ search: text || undefined })} />
        <FilterButton
          entity={entity}
          where={search.where ?? ""}
          opened={filtering !== false}
          field={typeof filtering === "string" ? filtering : undefined}
          onOpen={setFiltering}
          happens={happens.data}
          onChange={(where) => onSearch({ where: where || undefined })}
          onSave={
            audience
              ? undefined
              : (where) =>
                  void go({
                    to: "/audiences/new",
                    search: { where, entity: entity === "companies" ? entity : undefined },
                  })
          }
        />
        {list && <ColumnsMenu of={scope} fields={list} view={view} onView={setView} />}
        {own && (
          <GroupMenu fields={own} by={by} onGroup={(group) => onSearch({ group, open: undefined, row: undefined })} />
        )}
        {list && <LookMenu fields={list} view={view} onView={setView} />}
        <Only to="edit">
          <Button variant="subtle" color="gray" leftSection={<IconPlus size={14} />} onClick={() => setForm("new")}>
            Field
          </Button>
        </Only>
        <ExportMenu query={query} columns={columns ?? ""} all={own?.length ?? 0} name={audience ?? entity} />
        <Text c="dimmed" className={`${classes.count} tabular`} aria-live="polite">
          {!narrowed ? "" : count === undefined ? "Counting…" : `${grouped(count)} match`}
        </Text>
      </div>
      <ErrorNote error={fields.error} retry={() => void fields.refetch()} />
      <div className={classes.body}>
        <div className={classes.grid}>
          {list && by && (
            <GroupList
              by={by}
              groups={groups}
              open={open}
              onOpen={(key) =>
                onSearch({ open: key === undefined ? undefined : openText(key), record: undefined, row: undefined })
              }
              height={headHeight + (count ?? 0) * heights[view.height ?? "low"] + scrollBar}
            >
              {grid}
            </GroupList>
          )}
          {!by && grid}
          {count === 0 && narrowed && (!by || groups.heads?.length === 0) && (
            <Text c="dimmed" ta="center" py="lg">
              Nothing matches.{" "}
              <Button
                variant="subtle"
                onClick={() => onSearch({ search: undefined, where: undefined, open: undefined })}
              >
                Show everything
              </Button>
            </Text>
          )}
          {chosen > 0 && list && own && (
            <PickedBar
              entity={entity}
              query={query}
              fields={own}
              columns={columns ?? ""}
              picked={picked}
              count={chosen}
              onPick={setPicked}
              enrich={enriching}
              onEnrich={setEnriching}
            />
          )}
          <div className={classes.hint} aria-hidden>
            {hints.map((hint) => (
              <span key={hint}>{hint}</span>
            ))}
          </div>
        </div>
        {search.record !== undefined && (
          <aside className={classes.panel} aria-label="Record">
            <InList value={query}>
              <RecordPanel
                key={`${search.record} ${search.at}`}
                id={search.record}
                at={search.at}
                audience={audience}
                list={pageSearch(query, search.row)}
                onClose={() => onSearch({ record: undefined, at: undefined, row: undefined })}
              />
            </InList>
          </aside>
        )}
      </div>
      {cell && (
        <CellMenu
          entity={entity}
          at={cell}
          selected={
            chosen > 1 && isPicked(picked, cell.record.id)
              ? { label: `Enrich the ${grouped(chosen)} selected…`, enrich: () => setEnriching(true) }
              : undefined
          }
          onOpen={(record, at) => onSearch({ record, at })}
          onClose={() => setCell(undefined)}
        />
      )}
      {asked && <AskedOf asked={asked} onClose={() => setAsked(undefined)} />}
      {form && <FieldForm entity={entity} field={form === "new" ? undefined : form} onClose={() => setForm(null)} />}
      {doomed && <DeleteField field={doomed} onClose={() => setDoomed(null)} scope={entity} />}
    </>
  );
}

/** Room for a scroll bar below the last row, in pixels. */
const scrollBar = 18;

/** What is picked: nothing, once other records are shown. */
function usePicked(query: RecordSearch): [Picked, (p: Picked) => void] {
  const shown = JSON.stringify([query.entity, query.audience, query.where, query.search]);
  const [of, set] = useState({ shown, picked: nonePicked });
  return [of.shown === shown ? of.picked : nonePicked, (picked) => set({ shown, picked })];
}

/** ⌘F goes here. What is typed narrows once it rests. */
function SearchBox({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const settle = useDebouncedCallback(onChange, 250);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if ((e.metaKey || e.ctrlKey) && e.key.toLowerCase() === "f" && !e.shiftKey) {
        e.preventDefault();
        input.current?.focus();
        input.current?.select();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const change = (text: string) => {
    setTyped(text);
    settle(text);
  };
  return (
    <TextInput
      ref={input}
      className={classes.search}
      aria-label="Search"
      placeholder="Search"
      leftSection={<IconSearch size={14} />}
      rightSection={
        typed && (
          <Button variant="transparent" color="gray" p={0} aria-label="Clear the search" onClick={() => change("")}>
            <IconX size={13} />
          </Button>
        )
      }
      value={typed}
      onChange={(e) => change(e.currentTarget.value)}
      onKeyDown={(e) => e.key === "Escape" && change("")}
    />
  );
}

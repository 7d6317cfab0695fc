import { ActionIcon, Anchor, Badge, Group, Skeleton, Tabs, Text } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import type { Entity } from "../../../api/client";
import { besideQuery, recordQuery } from "../../../api/queries/records";
import type { RecordPageSearch } from "../../../routes";
import { NotFoundPage } from "../../../shell/RouteError";
import { ErrorNote } from "../../../ui/ErrorNote";
import { grouped } from "../../../ui/grouped";
import { useAudienceLabel } from "../../../ui/labels";
import { Page } from "../../../ui/Page";
import { TabList } from "../../../ui/TabList";
import { TimeAgo } from "../../../ui/TimeAgo";
import { useKeys } from "../../../ui/useKeys";
import { AllValues } from "../AllValues";
import { Calls } from "../Calls";
import { GoneNote, useGone } from "../Gone";
import { History } from "../History";
import { InList } from "../inList";
import { RecordMenu } from "../RecordMenu";
import { About } from "./About";
import { gridSearch, listOf, neighbours } from "./list";
import classes from "./RecordPage.module.css";

export const PersonPage = () => <At entity="people" />;
export const CompanyPage = () => <At entity="companies" />;

type Tab = "values" | "history" | "calls";

/** The record of an address; no record has another text than a number from 1. */
function At({ entity }: { entity: Entity }) {
  const { id } = useParams({ strict: false }) as { id: string };
  const of = Number(id);
  return Number.isSafeInteger(of) && of > 0 ? <RecordPage entity={entity} id={of} /> : <NotFoundPage />;
}

/** One record at its own address: what it holds, what happened to it, and what it has to do with. */
function RecordPage({ entity, id }: { entity: Entity; id: number }) {
  const search = useSearch({ strict: false }) as RecordPageSearch;
  const go = useNavigate();
  const record = useQuery(recordQuery(id));
  const gone = useGone(id, record);
  const d = gone ? undefined : record.data;
  const tab: Tab = search.tab ?? "values";
  const beside = useBeside(entity, search, id);
  const open = (to: { id: number; row: number } | undefined) =>
    to && void go({ to: `/${entity}/$id`, params: { id: String(to.id) }, search: { ...search, row: to.row } });

  // A number that leads to another record, or to one of the other kind, is shown at that one's address.
  useEffect(() => {
    if (d && (d.entity !== entity || d.id !== id))
      void go({
        to: `/${d.entity}/$id`,
        params: { id: String(d.id) },
        search: d.entity === entity ? search : { tab: search.tab },
        replace: true,
      });
  }, [d, entity, id, search, go]);
  useKeys({ j: () => open(beside?.after), k: () => open(beside?.before), e: editFirst });

  const name = d ? d.name || `Record ${d.id}` : record.error ? `Record ${id}` : " ";
  return (
    <Page
      name={d?.name || `Record ${id}`}
      title={<span className={classes.name}>{name}</span>}
      sub={
        <span className={classes.sub}>
          <BackToList entity={entity} search={search} />
          {d && (
            <>
              {" "}
              · #{d.id} · added <TimeAgo at={d.created_at} /> · changed <TimeAgo at={d.updated_at} />
            </>
          )}
        </span>
      }
      actions={
        <Group gap={4} wrap="nowrap">
          {beside?.row !== undefined && (
            <Text c="dimmed" size="xs" className="tabular">
              {grouped(beside.row)} in this list
            </Text>
          )}
          <ActionIcon
            aria-label="Previous record"
            title="Previous record (K)"
            disabled={!beside?.before}
            onClick={() => open(beside?.before)}
          >
            <IconChevronUp size={16} />
          </ActionIcon>
          <ActionIcon
            aria-label="Next record"
            title="Next record (J)"
            disabled={!beside?.after}
            onClick={() => open(beside?.after)}
          >
            <IconChevronDown size={16} />
          </ActionIcon>
          {d && <RecordMenu record={d} onGone={() => void record.refetch()} />}
        </Group>
      }
    >
      {gone && <GoneNote gone={gone} onBack={() => void record.refetch()} />}
      <ErrorNote error={gone ? null : record.error} retry={() => void record.refetch()} />
      {!d && !record.error && <Skeleton height={420} />}
      {d && (
        <InList value={search.row === undefined ? undefined : listOf(entity, search)}>
          <div className={classes.columns}>
            <div className={classes.main}>
              {d.suppressed && (
                <Badge color="gray" mb="xs">
                  Suppressed: it is not enriched
                </Badge>
              )}
              <Tabs
                value={tab}
                onChange={(t) =>
                  void go({
                    to: `/${entity}/$id`,
                    params: { id: String(id) },
                    search: { ...search, tab: t === "values" ? undefined : (t as "history" | "calls") },
                    replace: true,
                  })
                }
                keepMounted={false}
              >
                <TabList shown={tab}>
                  <Tabs.Tab value="values">Values</Tabs.Tab>
                  <Tabs.Tab value="history">History</Tabs.Tab>
                  <Tabs.Tab value="calls">Calls and answers</Tabs.Tab>
                </TabList>
                <Tabs.Panel value="values" pt="xs">
                  <AllValues key={d.id} record={d} className={classes.values} />
                </Tabs.Panel>
                <Tabs.Panel value="history" pt="xs">
                  <History record={d} />
                </Tabs.Panel>
                <Tabs.Panel value="calls" pt="xs">
                  <Calls record={d.id} />
                </Tabs.Panel>
              </Tabs>
            </div>
            <aside className={classes.aside} aria-label="About this record">
              <About record={d} />
            </aside>
          </div>
        </InList>
      )}
    </Page>
  );
}

/** The records before and after this one, in the list that one came from. */
function useBeside(entity: Entity, search: RecordPageSearch, id: number) {
  const place = (search.row ?? 1) - 1;
  const { data } = useQuery({ ...besideQuery(listOf(entity, search), place), enabled: search.row !== undefined });
  return data && search.row !== undefined ? neighbours(data, id, place) : null;
}

/** The way back to the list, at the row that one came from. */
function BackToList({ entity, search }: { entity: Entity; search: RecordPageSearch }) {
  const called = useAudienceLabel();
  const of = search.in;
  const grid = gridSearch(search);
  return of ? (
    <Anchor
      inherit
      renderRoot={(props) => <Link to="/audiences/$name" params={{ name: of }} search={grid} {...props} />}
    >
      {called(of)}
    </Anchor>
  ) : (
    <Anchor inherit renderRoot={(props) => <Link to={`/${entity}`} search={grid} {...props} />}>
      {entity === "people" ? "People" : "Companies"}
    </Anchor>
  );
}

/** Begins to edit the value that has the keyboard, or the first. */
function editFirst() {
  const here = document.activeElement?.closest("[data-field]") ?? document.querySelector("[data-field]");
  here?.querySelector<HTMLButtonElement>("[data-edit]")?.click();
}

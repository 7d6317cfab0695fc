import { Button, Group, SegmentedControl, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import type { Entity } from "../../api/client";
import { code } from "../../api/code";
import { audiencesQuery } from "../../api/queries/audiences";
import { duplicateCountsQuery } from "../../api/queries/duplicates";
import { hubOf, hubQuery } from "../../api/queries/hub";
import { signalRulesQuery } from "../../api/queries/signals";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { called, choices } from "../../ui/labels";
import { Page } from "../../ui/Page";
import { Picker } from "../../ui/Picker";
import { TimeAgo } from "../../ui/TimeAgo";
import { count } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import { FirstUse } from "./FirstUse";
import { HubFields } from "./HubFields";
import { NeedsYou } from "./NeedsYou";
import { Then } from "./Then";

const GapDrawer = lazy(code(() => import("./GapDrawer")));

/** Home: how well every field is filled, and what needs a person. */
export function HubPage() {
  const search = useSearch({ from: "/" });
  const go = useNavigate();
  const audiences = useQuery(audiencesQuery).data?.items ?? [];
  const chosen = audiences.find((a) => a.name === search.audience);
  const entity: Entity = chosen?.entity ?? search.entity ?? "people";
  const of = hubOf(search);
  const hub = useQuery(hubQuery(of));
  const beside = useQuery({ ...hubQuery({ audience: search.with ?? "" }), enabled: Boolean(search.with) });
  const toReview = useQuery(duplicateCountsQuery(entity)).data?.open ?? 0;
  const rules = useQuery(signalRulesQuery).data?.items ?? [];
  const signals = rules.filter((r) => r.entity === entity).reduce((n, r) => n + r.signals, 0);
  const title = search.audience
    ? called(search.audience, audiences)
    : entity === "people"
      ? "All people"
      : "All companies";
  const names = choices(audiences.filter((a) => a.entity === entity && !a.builtin));
  const set = (change: Partial<typeof search>) => void go({ to: "/", search: { ...search, ...change } });
  const field = hub.data?.fields?.find((f) => f.field === search.field);

  if (search.day) {
    return (
      <Page
        name={`Data Hub of ${title} on ${search.day}`}
        title={`Data Hub: ${title}`}
        actions={<DayOf day={search.day} set={(day) => set({ day })} />}
      >
        <ErrorNote error={hub.error} retry={() => void hub.refetch()} />
        {hub.isPending && <Waiting rows={10} />}
        {hub.data && <Then hub={hub.data} day={search.day} onNow={() => set({ day: undefined })} />}
      </Page>
    );
  }
  if (hub.data && hub.data.records === 0 && !search.audience && entity === "people") {
    return (
      <Page name="Data Hub" title="Welcome to Fettle">
        <NeedsYou />
        <FirstUse />
      </Page>
    );
  }
  return (
    <Page
      name={`Data Hub of ${title}`}
      title={`Data Hub: ${title}`}
      sub={
        hub.data && (
          <>
            {entity === "people"
              ? count(hub.data.records, "person", "people")
              : count(hub.data.records, "company", "companies")}{" "}
            · as of <TimeAgo at={hub.data.as_of} />
            {signals > 0 && (
              <>
                {" "}
                · <Link to="/signals">{count(signals, "signal")}</Link>
              </>
            )}
            {toReview > 0 && (
              <>
                {" "}
                ·{" "}
                <Link to="/review" search={{ entity: entity === "companies" ? "companies" : undefined }}>
                  {grouped(toReview)} to review
                </Link>
              </>
            )}
          </>
        )
      }
      actions={
        <Group gap="xs">
          <SegmentedControl
            aria-label="Entity"
            data={[
              { value: "people", label: "People" },
              { value: "companies", label: "Companies" },
            ]}
            value={entity}
            onChange={(v) =>
              set({
                entity: v === "companies" ? "companies" : undefined,
                audience: undefined,
                with: undefined,
                field: undefined,
              })
            }
          />
          <Picker
            aria-label="Audience"
            placeholder="All records"
            data={names}
            value={search.audience ?? null}
            clearable
            w={170}
            onChange={(v) => set({ audience: v ?? undefined, field: undefined })}
          />
          <Picker
            aria-label="Compare with"
            placeholder="Compare with…"
            data={choices(audiences.filter((a) => a.entity === entity && a.name !== search.audience))}
            value={search.with ?? null}
            clearable
            w={170}
            onChange={(v) => set({ with: v ?? undefined })}
          />
          <DayOf set={(day) => set({ day, with: undefined, field: undefined })} />
        </Group>
      }
    >
      {!search.audience && <NeedsYou />}
      <ErrorNote error={hub.error ?? beside.error} retry={() => void hub.refetch()} />
      {(hub.isPending || (search.with && beside.isPending)) && <Waiting rows={10} />}
      {hub.data && hub.data.records === 0 && (
        <Text c="dimmed" py="xl" ta="center">
          {search.audience && !chosen?.builtin ? (
            <>
              {entity === "people" ? "Nobody is" : "No company is"} in this audience now.{" "}
              <Link to="/audiences/$name" params={{ name: search.audience }} search={{ tab: "filter" }}>
                Look at its filter
              </Link>
            </>
          ) : (
            <>
              No records yet.{" "}
              <Link to="/import" search={entity === "companies" ? { entity } : {}}>
                Import a file
              </Link>
            </>
          )}
          .
        </Text>
      )}
      {hub.data && hub.data.records > 0 && !(search.with && beside.isPending) && (
        <HubFields
          key={`${entity} ${search.audience}`}
          hub={hub.data}
          beside={search.with ? beside.data : undefined}
          onGap={(f) => set({ field: f })}
        />
      )}
      {hub.data && (
        <Group mt="md">
          {search.audience ? (
            <Button component={Link} to={`/audiences/${search.audience}`} variant="default">
              Open the audience
            </Button>
          ) : (
            <Button component={Link} to={`/${entity}`} variant="default">
              Open all {entity}
            </Button>
          )}
        </Group>
      )}
      {field && hub.data && (
        <Suspense>
          <GapDrawer key={field.field} field={field} hub={hub.data} onClose={() => set({ field: undefined })} />
        </Suspense>
      )}
    </Page>
  );
}

/** The day at whose end fill rates are told; none is now. A year is typed digit by digit: 0002 is none yet. */
function DayOf({ day, set }: { day?: string; set: (day: string | undefined) => void }) {
  const [typed, setTyped] = useState(day ?? "");
  const [was, setWas] = useState(day);
  if (was !== day) {
    setWas(day);
    setTyped(day ?? "");
  }
  const type = (value: string) => {
    setTyped(value);
    if (value === "" || value >= "1000") set(value || undefined);
  };
  return (
    <TextInput
      type="date"
      aria-label="As of the end of a day (UTC)"
      title="How well fields were filled at the end of a day (UTC)"
      leftSection={
        <Text size="xs" c="dimmed">
          As of
        </Text>
      }
      leftSectionWidth={44}
      w={172}
      value={typed}
      onChange={(e) => type(e.currentTarget.value)}
    />
  );
}

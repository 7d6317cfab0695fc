import { Badge, Button, Skeleton, Tabs } from "@mantine/core";
import { IconChartBar, IconSparkles, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import type { Schemas } from "../../api/client";
import { code } from "../../api/code";
import { audienceCountQuery, audienceQuery } from "../../api/queries/audiences";
import type { GridSearch } from "../../routes";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { Page } from "../../ui/Page";
import { Only } from "../../ui/Permitted";
import { Rename } from "../../ui/Rename";
import { TabList } from "../../ui/TabList";
import { RecordsView } from "../records/RecordsView";
import { DeleteAudience } from "./DeleteAudience";
import { EditFilter } from "./EditFilter";
import { Moves } from "./Moves";
import { UsedBy } from "./UsedBy";
import { WhyTab } from "./WhyTab";

const Overlap = lazy(code(() => import("./Overlap")));

type Audience = Schemas["AudienceView"];

export function AudiencePage() {
  const { name } = useParams({ from: "/audiences/$name" });
  const audience = useQuery(audienceQuery(name));
  // What was loaded stays while it cannot be looked at again: its filter may be half changed.
  if (!audience.data)
    return (
      <Page name={name} title={name}>
        {audience.error ? (
          <ErrorNote error={audience.error} retry={() => void audience.refetch()} />
        ) : (
          <Skeleton height={200} />
        )}
      </Page>
    );
  return <Loaded key={name} audience={audience.data} />;
}

function Loaded({ audience: a }: { audience: Audience }) {
  const go = useNavigate();
  const { tab = "members" } = useSearch({ from: "/audiences/$name" });
  const count = useQuery(audienceCountQuery(a.name)).data?.count;
  const entity = a.entity === "companies" ? "companies" : "people";
  return (
    <Page
      name={a.label}
      full
      title={
        <>
          {a.label} {a.builtin && <Badge color="gray">built in</Badge>}
        </>
      }
      beside={<Rename of="audience" name={a.name} label={a.label} />}
      sub={
        <>
          <span className="tabular">{count === undefined ? "…" : grouped(count)}</span> {entity}
          {a.description ? ` · ${a.description}` : ""}
        </>
      }
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconChartBar size={14} />}
            renderRoot={(props) => <Link to="/" search={{ audience: a.name }} {...props} />}
          >
            Data Hub
          </Button>
          <Only to="edit">
            <Button
              variant={count === 0 ? "default" : "filled"}
              leftSection={<IconSparkles size={14} />}
              renderRoot={(props) => (
                <Link
                  to="/enrichments/new"
                  search={{ audience: a.name, entity: entity === "companies" ? entity : undefined }}
                  {...props}
                />
              )}
            >
              Enrich it
            </Button>
            {!a.builtin && <DeleteAudience audience={a} />}
          </Only>
        </>
      }
    >
      <Tabs
        value={tab}
        onChange={(t) =>
          void go({
            to: "/audiences/$name",
            params: { name: a.name },
            search: { tab: t && t !== "members" ? t : undefined },
          })
        }
        keepMounted={false}
        style={{ display: "flex", flexDirection: "column", flex: 1, minHeight: 0 }}
      >
        <TabList shown={tab} px="md" mb="sm">
          <Tabs.Tab value="members">Members</Tabs.Tab>
          <Tabs.Tab value="filter">Filter</Tabs.Tab>
          <Tabs.Tab value="why">Why in, why not</Tabs.Tab>
          <Tabs.Tab value="moves">Entered and left</Tabs.Tab>
          <Tabs.Tab value="overlap">Overlap</Tabs.Tab>
          <Tabs.Tab value="used">Used by{a.used_by.length > 0 ? ` · ${a.used_by.length}` : ""}</Tabs.Tab>
        </TabList>
        <Tabs.Panel
          value="members"
          style={{ flexDirection: "column", flex: 1, minHeight: 0, display: tab === "members" ? "flex" : "none" }}
        >
          {count === 0 ? (
            <EmptyState
              icon={<IconUsersGroup size={28} />}
              title={`No ${entity} in this audience`}
              actions={
                a.builtin ? (
                  <Only to="edit">
                    <Button
                      renderRoot={(props) => (
                        <Link
                          to="/import"
                          search={{ entity: entity === "companies" ? entity : undefined }}
                          {...props}
                        />
                      )}
                    >
                      Import {entity}
                    </Button>
                  </Only>
                ) : (
                  <Button
                    variant="default"
                    renderRoot={(props) => (
                      <Link to="/audiences/$name" params={{ name: a.name }} search={{ tab: "filter" }} {...props} />
                    )}
                  >
                    Look at the filter
                  </Button>
                )
              }
            >
              {a.builtin
                ? `Every ${entity === "companies" ? "company" : "person"} you import is in it.`
                : "No record fits the filter right now. Records join as soon as they do."}
            </EmptyState>
          ) : (
            <RecordsView
              entity={entity}
              audience={a.name}
              onSearch={(change) =>
                void go({
                  to: "/audiences/$name",
                  params: { name: a.name },
                  search: (was: GridSearch & { tab?: string }) => ({ ...was, ...change }),
                  replace: !("record" in change),
                })
              }
            />
          )}
        </Tabs.Panel>
        <Padded value="filter">
          <EditFilter audience={a} />
        </Padded>
        <Padded value="why">
          <WhyTab audience={a} />
        </Padded>
        <Padded value="moves">
          <Moves audience={a} />
        </Padded>
        <Padded value="overlap">
          <Suspense fallback={<Skeleton height={200} />}>
            <Overlap audience={a} />
          </Suspense>
        </Padded>
        <Padded value="used">
          <UsedBy audience={a} />
        </Padded>
      </Tabs>
    </Page>
  );
}

function Padded({ value, children }: { value: string; children: ReactNode }) {
  return (
    <Tabs.Panel value={value} px="md" pb="xl" style={{ overflowY: "auto", minHeight: 0 }}>
      {children}
    </Tabs.Panel>
  );
}

import { Button } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Entity } from "../../api/client";
import { countRecordsQuery } from "../../grid/useRows";
import type { GridSearch } from "../../routes";
import { EmptyState } from "../../ui/EmptyState";
import { Page } from "../../ui/Page";
import { RecordsView } from "./RecordsView";

export const PeoplePage = () => <RecordsPage entity="people" />;
export const CompaniesPage = () => <RecordsPage entity="companies" />;

const names = { people: "People", companies: "Companies" } as const;

function RecordsPage({ entity }: { entity: Entity }) {
  const go = useNavigate();
  const all = useQuery(countRecordsQuery({ entity })).data?.count;
  const toImport = (
    <Button
      variant="default"
      leftSection={<IconFileImport size={14} />}
      renderRoot={(props) => <Link to="/import" search={entity === "companies" ? { entity } : {}} {...props} />}
    >
      Import
    </Button>
  );
  const sub = all === undefined ? " " : `${all.toLocaleString("en-US")} ${all === 1 ? "record" : "records"}`;
  return (
    <Page name={names[entity]} title={names[entity]} sub={sub} actions={toImport} full>
      {all === 0 ? (
        <EmptyState title={`No ${entity} yet`} actions={toImport}>
          {entity === "people"
            ? "Import a CSV of the people you know. Columns find their fields by name, and importing the file again changes nothing twice."
            : "Import a CSV of companies. The people who work there are linked to them, by the domain of their company."}
        </EmptyState>
      ) : (
        <RecordsView
          entity={entity}
          onSearch={(change) =>
            void go({
              to: `/${entity}`,
              search: (was: GridSearch) => ({ ...was, ...change }),
              replace: !("record" in change),
            })
          }
        />
      )}
    </Page>
  );
}

import { Button } from "@mantine/core";
import { IconBuilding, IconFileImport, IconPlus, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { Entity } from "../../api/client";
import { countRecordsQuery } from "../../api/queries/records";
import type { GridSearch } from "../../routes";
import { EmptyState } from "../../ui/EmptyState";
import { Page } from "../../ui/Page";
import { Only } from "../../ui/Permitted";
import { count } from "../../ui/time";
import { NewRecord } from "./NewRecord";
import { RecordsView } from "./RecordsView";

export const PeoplePage = () => <RecordsPage entity="people" />;
export const CompaniesPage = () => <RecordsPage entity="companies" />;

const counts = {
  people: (n: number) => count(n, "person", "people"),
  companies: (n: number) => count(n, "company", "companies"),
};
const names = { people: "People", companies: "Companies" } as const;

function RecordsPage({ entity }: { entity: Entity }) {
  const go = useNavigate();
  const { new: adding } = useSearch({ strict: false }) as GridSearch;
  const onSearch = (change: Partial<GridSearch>) =>
    void go({
      to: `/${entity}`,
      search: (was: GridSearch) => ({ ...was, ...change }),
      replace: !("record" in change || change.new),
    });
  const all = useQuery(countRecordsQuery({ entity })).data?.count;
  const toImport = (
    <Only to="edit">
      <Button
        variant={all === 0 ? "filled" : "default"}
        leftSection={<IconFileImport size={14} />}
        renderRoot={(props) => <Link to="/import" search={entity === "companies" ? { entity } : {}} {...props} />}
      >
        Import
      </Button>
    </Only>
  );
  const add = (
    <Only to="edit">
      <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => onSearch({ new: true })}>
        {entity === "people" ? "New person" : "New company"}
      </Button>
    </Only>
  );
  const sub = all === undefined ? " " : counts[entity](all);
  return (
    <Page
      name={names[entity]}
      title={names[entity]}
      sub={sub}
      actions={
        all === 0 ? undefined : (
          <>
            {add}
            {toImport}
          </>
        )
      }
      full
    >
      {all === 0 ? (
        <EmptyState
          icon={entity === "people" ? <IconUsers size={30} stroke={1.5} /> : <IconBuilding size={30} stroke={1.5} />}
          title={`No ${entity} yet`}
          actions={
            <>
              {toImport}
              {add}
              {entity === "people" && (
                <Button component={Link} to="/" variant="default">
                  Load sample data
                </Button>
              )}
            </>
          }
        >
          {entity === "people"
            ? "Import a CSV of the people you know. Columns are matched for you, and importing the file again creates no duplicates."
            : "Import a CSV of companies. The people who work there are linked to them, by the domain of their company."}
        </EmptyState>
      ) : (
        <RecordsView entity={entity} onSearch={onSearch} />
      )}
      {adding && (
        <Only to="edit">
          <NewRecord
            entity={entity}
            onClose={() => onSearch({ new: undefined })}
            onOpen={(record) => onSearch({ new: undefined, record })}
          />
        </Only>
      )}
    </Page>
  );
}

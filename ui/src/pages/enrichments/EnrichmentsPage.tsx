import { Button, Group, SegmentedControl, Text, TextInput } from "@mantine/core";
import { IconPlus, IconSearch, IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { enrichmentsQuery } from "../../api/queries/enrichments";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { Page } from "../../ui/Page";
import { Only } from "../../ui/Permitted";
import { Waiting } from "../../ui/Waiting";
import { EnrichmentTable } from "./EnrichmentTable";
import { listed, type Sort, states } from "./list";

export function EnrichmentsPage() {
  const { data, error, refetch, isPending } = useQuery(enrichmentsQuery);
  const [state, setState] = useState("all");
  const [words, setWords] = useState("");
  const [{ sort, desc }, setSort] = useState<{ sort: Sort; desc: boolean }>({ sort: "name", desc: false });
  const items = data?.items ?? [];
  const shown = listed(items, { state, words, sort, desc });
  const offered = states.filter((s) => s.value === "all" || items.some(s.has));
  return (
    <Page
      name="Enrichments"
      title="Enrichments"
      sub="Build one once and use it for any audience. You never pay twice for the same answer, unless you ask for it again."
      actions={
        data?.items?.length !== 0 && (
          <Only to="edit">
            <Button component={Link} to="/enrichments/new" leftSection={<IconPlus size={14} />}>
              New enrichment
            </Button>
          </Only>
        )
      }
    >
      <ErrorNote error={error} retry={refetch} />
      {isPending && <Waiting />}
      {data && items.length === 0 && <NoEnrichments />}
      {items.length > 1 && (
        <Group mb="sm" gap="sm">
          {offered.length > 2 && (
            <SegmentedControl
              aria-label="State"
              value={state}
              onChange={setState}
              data={offered.map((s) => ({ value: s.value, label: `${s.label} ${items.filter(s.has).length}` }))}
            />
          )}
          <TextInput
            w={220}
            aria-label="Search enrichments"
            placeholder="Name, field, audience, provider"
            leftSection={<IconSearch size={14} />}
            value={words}
            onChange={(e) => setWords(e.currentTarget.value)}
          />
        </Group>
      )}
      {items.length > 0 && (
        <EnrichmentTable
          items={shown}
          sort={sort}
          desc={desc}
          onSort={(by) => setSort({ sort: by, desc: by === sort ? !desc : by !== "name" })}
        />
      )}
      {items.length > 0 && shown.length === 0 && (
        <Text c="dimmed" ta="center" py="lg">
          No enrichment matches.
        </Text>
      )}
    </Page>
  );
}

function NoEnrichments() {
  return (
    <EmptyState
      icon={<IconSparkles size={30} stroke={1.5} />}
      title="Fill a field for a whole audience"
      actions={
        <>
          <Only to="edit">
            <Button component={Link} to="/enrichments/new">
              New enrichment
            </Button>
          </Only>
          <Button component={Link} to="/" variant="default">
            Find a gap in the Data Hub
          </Button>
        </>
      }
    >
      An enrichment takes what a record has (a name, a domain), asks one provider after another, and writes what comes
      back into a field. You run it on 10 rows, see the price, set a limit, and then start it.
    </EmptyState>
  );
}

import { Button, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconFileImport, IconFlask } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { sendImport } from "../../api/queries/imports";
import { providersQuery } from "../../api/queries/providers";
import { ErrorNote } from "../../ui/ErrorNote";
import { May } from "../../ui/Permitted";
import { Simulate } from "../providers/Simulate";
import { sampleFile } from "./sample";

/** An empty workspace: two ways to a first enrichment. */
export function FirstUse() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const queries = useQueryClient();
  const go = useNavigate();
  const providers = useQuery(providersQuery).data?.items;
  const load = async () => {
    setBusy(true);
    setError(null);
    try {
      await sendImport({ entity: "people", file: sampleFile(), source: "sample" });
      await queries.invalidateQueries();
      await go({ to: "/", search: { field: "email" } });
    } catch (err) {
      setError(err);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="lg" maw={860}>
      <Text c="dimmed">
        Fettle keeps one table of people and one of companies, shows how well every field is filled, and fills the gaps
        within a limit that is never broken. It is empty so far.
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Stack className="panel" p="lg" gap="xs" align="flex-start">
          <IconFlask size={22} stroke={1.5} />
          <Title order={2}>Load sample data</Title>
          <Text c="dimmed">200 invented people without emails. Nothing leaves this machine, and nothing costs.</Text>
          <May to="edit">
            <Button loading={busy} onClick={() => void load()}>
              Load sample data
            </Button>
          </May>
        </Stack>
        <Stack className="panel" p="lg" gap="xs" align="flex-start">
          <IconFileImport size={22} stroke={1.5} />
          <Title order={2}>Import your CSV</Title>
          <Text c="dimmed">Columns are matched for you, and you see values and errors before anything is saved.</Text>
          <Button component={Link} to="/import" variant="default">
            Import your CSV
          </Button>
        </Stack>
      </SimpleGrid>
      <ErrorNote error={error} />
      {providers && !providers.some((p) => p.ready && p.kind !== "formula") && (
        <Stack gap={6}>
          <Text>No provider is connected yet. You need none to try it.</Text>
          <Simulate />
        </Stack>
      )}
      <Text c="dimmed" size="xs">
        Then: a gap in the Data Hub → an enrichment → 10 rows → the price → start.
      </Text>
    </Stack>
  );
}

import { Alert, Badge, Button, Code, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Flow, flowsQuery, useSourceToken } from "../../api/queries/flows";
import { Dialog } from "../../ui/Dialog";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { Page } from "../../ui/Page";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import { DestinationPanel } from "./DestinationPanel";
import { FilePanel } from "./FilePanel";
import { NewDestination } from "./NewDestination";
import { kindWords, stateColours } from "./words";

/** Every way by which records come in or go out, on one page. */
export function FlowsPage() {
  const { data, error, refetch } = useQuery(flowsQuery);
  const all = data?.items ?? [];
  return (
    <Page
      name="Sources and destinations"
      title="Sources and destinations"
      actions={<NewDestination quiet={data !== undefined && all.length === 0} />}
      sub="What comes in and what goes out: when it last ran, how many records, what comes next, what went wrong."
    >
      <Stack gap="lg">
        <ErrorNote error={error} retry={refetch} />
        {data && all.length === 0 && (
          <EmptyState
            title="Nothing comes in or goes out yet"
            actions={
              <Button component={Link} to="/import">
                Import a file
              </Button>
            }
          >
            Import a file, or make a destination: a CRM or an address that gets the records of an audience.
          </EmptyState>
        )}
        <Part title="Sources" flows={all.filter((f) => f.in)} />
        <Part title="Destinations" flows={all.filter((f) => !f.in)} />
      </Stack>
    </Page>
  );
}

function Part({ title, flows }: { title: string; flows: Flow[] }) {
  if (flows.length === 0) return null;
  return (
    <section aria-label={title}>
      <Text fw={600} component="h2" mb="xs">
        {title}
      </Text>
      <div className="panel scroll-x">
        <Table className="stack" miw={720}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Last run</Table.Th>
              <Table.Th ta="right">Records</Table.Th>
              <Table.Th>Next</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {flows.map((f) => (
              <Row key={`${f.kind} ${f.name}`} of={f} />
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}

function Row({ of }: { of: Flow }) {
  return (
    <Table.Tr>
      <Table.Td data-rest>
        <Text fw={500}>{of.label}</Text>
        <Text c="dimmed" size="xs">
          {kindWords[of.kind]}
          {of.target && (of.in ? `, ${of.target}` : ` to ${of.target}`)}
        </Text>
        {of.error && (
          <Text c="red" size="xs">
            {readable(of.error)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Badge color={stateColours[of.state]} variant="light">
          {of.state}
        </Badge>
      </Table.Td>
      <Table.Td c="dimmed">{of.last_at ? <TimeAgo at={of.last_at} /> : "not yet"}</Table.Td>
      <Table.Td ta="right" className="tabular" data-label="Records">
        {grouped(of.rows)}
      </Table.Td>
      <Table.Td c="dimmed" data-label={next(of) ? "Next" : undefined}>
        {next(of)}
      </Table.Td>
      <Table.Td ta="right">
        {(of.kind === "destination" || of.kind === "scheduled") && <Open of={of} />}
        {of.kind === "hook" && <Token of={of} />}
      </Table.Td>
    </Table.Tr>
  );
}

/** What comes next: a time, what waits, or that it follows what happens. */
function next(of: Flow): string {
  if (of.next_at) {
    const at = new Date(of.next_at);
    const today = at.toDateString() === new Date().toDateString();
    return today ? `at ${at.toLocaleTimeString()}` : at.toLocaleString();
  }
  if (of.waits > 0) return `${grouped(of.waits)} waiting`;
  return !of.in && of.state === "on" ? "when something changes" : "";
}

function Open({ of }: { of: Flow }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="compact-sm" variant="default" aria-label={`Open ${of.label}`} onClick={() => setOpen(true)}>
        Open
      </Button>
      <Dialog opened={open} onClose={() => setOpen(false)} title={of.label} size="xl">
        {of.kind === "scheduled" ? (
          <FilePanel name={of.name} />
        ) : (
          <DestinationPanel name={of.name} onGone={() => setOpen(false)} />
        )}
      </Dialog>
    </>
  );
}

/** A source's address and its token, which is shown once. */
function Token({ of }: { of: Flow }) {
  const make = useSourceToken(of.name);
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="compact-sm" variant="default" aria-label={`Address of ${of.label}`} onClick={() => setOpen(true)}>
        Address
      </Button>
      <Dialog opened={open} onClose={() => setOpen(false)} title={`Send records to ${of.label}`} size="lg">
        <Stack gap="sm">
          <Text>
            Others post to <Code>{`${window.location.origin}/hooks/${of.name}`}</Code> with the token as the bearer. A
            new token ends the one before.
          </Text>
          {make.data && (
            <Alert color="teal" title="The token, shown this once">
              <Code>{make.data.token}</Code>
            </Alert>
          )}
          <ErrorNote error={make.error} />
          <May to="rule">
            <Button loading={make.isPending} onClick={() => make.mutate(undefined)} style={{ alignSelf: "flex-start" }}>
              Make a token
            </Button>
          </May>
        </Stack>
      </Dialog>
    </>
  );
}

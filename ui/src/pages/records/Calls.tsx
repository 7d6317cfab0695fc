import { Anchor, Badge, Code, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { callsQuery } from "../../api/queries/records";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { useEnrichmentLabel, useProviderTitle } from "../../ui/labels";
import { Money } from "../../ui/MoneyText";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import classes from "./RecordPanel.module.css";

type Call = Schemas["CallDetail"];

/** The calls that were made for a value, or for all of a record: what was answered, what it cost, what to do about it. */
export function Calls({ record, field }: { record: number; field?: string }) {
  const { data, error, refetch } = useQuery(callsQuery(record, field));
  if (error) return <ErrorNote error={error} retry={refetch} />;
  if (!data) return <Skeleton h={40} my={4} />;
  const items = data.items ?? [];
  if (items.length === 0) {
    return (
      <Text size="xs" c="dimmed">
        {field
          ? "Nothing was asked for it."
          : "Nothing was asked. What an enrichment asks and is answered is shown here."}
      </Text>
    );
  }
  return (
    <ol className={classes.calls}>
      {items.map((c) => (
        <li key={c.attempt}>
          <OneCall call={c} />
        </li>
      ))}
    </ol>
  );
}

function OneCall({ call: c }: { call: Call }) {
  const called = useEnrichmentLabel();
  const provider = useProviderTitle();
  return (
    <>
      <div>
        {c.model || provider(c.provider)} · <Outcome call={c} /> · <Price call={c} /> · <TimeAgo at={c.at} />
      </div>
      <Text size="xs" c="dimmed">
        <Anchor component={Link} to={`/enrichments/${c.enrichment}`} inherit underline="always">
          {c.enrichment ? called(c.enrichment) : "a deleted enrichment"}
        </Anchor>{" "}
        v{c.version}, step {c.step}
        {c.try > 1 ? `, try ${c.try}` : ""} · because: {c.cause} · by {c.actor}
      </Text>
      {c.message && <Text size="xs">{readable(c.message)}</Text>}
      {c.hint && (
        <Text size="xs" c="dimmed">
          {readable(c.hint)}
        </Text>
      )}
      {c.answer ? (
        <Answer label={`What it answered${c.answer.status ? `, with status ${c.answer.status}` : ""}`}>
          {c.answer.body}
          {c.answer.truncated && `\n… the first part of ${grouped(c.answer.bytes)} bytes`}
        </Answer>
      ) : (
        c.outputs && <Answer label="What it answered">{JSON.stringify(c.outputs, null, 2)}</Answer>
      )}
    </>
  );
}

function Answer({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <details>
      <summary>{label}</summary>
      <Code block tabIndex={0} className={classes.answer}>
        {children}
      </Code>
    </details>
  );
}

function Outcome({ call: c }: { call: Call }) {
  if (c.state === "unknown") return <Badge color="grape">may have been billed</Badge>;
  if (c.state === "reserved" || c.state === "accepted") return <Badge color="blue">being asked</Badge>;
  return <>{c.outcome.replaceAll("_", " ")}</>;
}

function Price({ call: c }: { call: Call }) {
  if (c.held_credits === "0") return <Money credits={c.charged_credits} both />;
  return (
    <>
      up to <Money credits={c.held_credits} both /> held
    </>
  );
}

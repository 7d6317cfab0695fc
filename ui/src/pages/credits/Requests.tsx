import { Badge, Button, Group, Skeleton, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { requestQuery, requestsQuery, useApproveRequest, useRefuseRequest } from "../../api/queries/requests";
import { statusQuery } from "../../api/queries/workspace";
import { ErrorNote } from "../../ui/ErrorNote";
import { useProviderTitle } from "../../ui/labels";
import { about, creditsText } from "../../ui/money";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { count, readable } from "../../ui/time";
import { amountText } from "../enrichments/AskMore";

type Request = Schemas["RequestView"];

/** What people, programs and agents asked to raise: admins decide it here. */
export function Requests() {
  const [all, setAll] = useState(false);
  const { data, error, refetch } = useQuery(requestsQuery(all));
  const items = data?.items ?? [];
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text c="dimmed">A request sets one limit to one amount. Another admin than who asked approves it, once.</Text>
        <Switch label="Also those that were decided" checked={all} onChange={(e) => setAll(e.currentTarget.checked)} />
      </Group>
      <ErrorNote error={error} retry={refetch} />
      {!data && !error && <Skeleton h={80} />}
      {data && items.length === 0 && <Text>Nobody asks for more.</Text>}
      {items.map((r) => (
        <OneRequest key={r.id} of={r} />
      ))}
    </Stack>
  );
}

const whose = (r: Request, provider: (key: string) => string) =>
  r.scope === "workspace"
    ? "the workspace"
    : r.scope === "enrichment"
      ? r.label
      : `the ${r.scope} ${r.scope === "provider" ? provider(r.key ?? "") : r.key}`;

function OneRequest({ of }: { of: Request }) {
  const open = of.state === "open";
  const provider = useProviderTitle();
  const one = useQuery({ ...requestQuery(of.id), enabled: open });
  const now = one.data;
  return (
    <section className="panel" style={{ padding: 16 }} aria-label={`Request of ${of.asker} for ${of.label}`}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Text fw={600}>
            {of.asker} asks that the limit of {whose(of, provider)} be {amountText(of)}
          </Text>
          <Badge color={open ? "yellow" : of.state === "approved" ? "teal" : "gray"}>{of.state}</Badge>
        </Group>
        <Text>
          For{" "}
          <Link to="/enrichments/$name" params={{ name: of.enrichment }}>
            {of.label}
          </Link>
          : {of.reason}
        </Text>
        <Text c="dimmed">
          It was {amountText(of.was)}. Asked <TimeAgo at={of.asked_at} />
          {of.decided_by ? `, ${of.state} by ${of.decided_by}` : `, to be decided until ${of.expires_at.slice(0, 10)}`}
          {of.note ? `: ${of.note}` : ""}
        </Text>
        <Text>Then: {priceText(of.then)}</Text>
        {now?.now && <Text>Now: {priceText(now.now)}</Text>}
        {(now?.changed ?? []).map((c) => (
          <Text key={c} c="orange">
            Since then: {readable(c)}.
          </Text>
        ))}
        {open && <Decide of={of} now={now} />}
        <ErrorNote error={one.error} />
      </Stack>
    </section>
  );
}

const priceText = (p: Schemas["RequestPrice"]) =>
  `${count(p.rows, "row")}, about ${creditsText(about(p.expected_credits, p.high_credits))}, at most ${creditsText(p.high_credits)}`;

function Decide({ of, now }: { of: Request; now?: Request }) {
  const me = useQuery(statusQuery).data?.actor;
  const approve = useApproveRequest();
  const refuse = useRefuseRequest();
  const [note, setNote] = useState("");
  const mine = me === of.asker;
  const changed = (now?.changed ?? []).length > 0;
  const confirms = changed ? now?.estimate_id : undefined;
  return (
    <>
      {approve.data?.message && <Text>{readable(approve.data.message)}</Text>}
      <Group align="flex-end">
        {!mine && (
          <May to="rule">
            <Button
              disabled={!now}
              loading={approve.isPending}
              onClick={() => approve.mutate({ id: of.id, estimate_id: confirms })}
            >
              {changed ? "Approve at the price of now" : "Approve"}
            </Button>
          </May>
        )}
        <TextInput
          label={mine ? "Why it is withdrawn" : "Why it is refused"}
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
        />
        <May to={mine ? "edit" : "rule"}>
          <Button
            variant="default"
            loading={refuse.isPending}
            onClick={() => refuse.mutate({ id: of.id, note: note.trim() || undefined })}
          >
            {mine ? "Withdraw" : "Refuse"}
          </Button>
        </May>
      </Group>
      {mine && <Text c="dimmed">You asked for it: another admin approves it.</Text>}
      <ErrorNote error={approve.error ?? refuse.error} />
    </>
  );
}

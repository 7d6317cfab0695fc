import { Anchor, Button, Group, Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { type Decision, type Stranger, useDecideStranger } from "../../api/queries/strangers";
import { valueText } from "../../grid/value";
import { ErrorNote } from "../../ui/ErrorNote";
import { useGuarded } from "../../ui/Guarded";
import { useEnrichmentLabel, useProviderTitle } from "../../ui/labels";
import { Money } from "../../ui/MoneyText";
import { May, useWhyNot } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { useKeys } from "../../ui/useKeys";
import { useUndo } from "../../undo/Undo";
import review from "../duplicates/Review.module.css";

/** An answer beside what is known of the record, and what to do about it. */
export function Answer({ of }: { of: Stranger }) {
  const called = useEnrichmentLabel();
  const title = useProviderTitle();
  return (
    <section className={`panel ${review.pair}`} aria-label="Answer">
      <div>
        <Text fw={600} component="h2" m={0}>
          Is this {of.record || `record ${of.record_id}`}?
        </Text>
        <Text size="sm">{sentence(of.why)}.</Text>
        <Text size="xs" c="dimmed">
          {title(of.operation)} answered <TimeAgo at={of.at} /> for{" "}
          {of.enrichment ? (
            <Anchor component={Link} to={`/enrichments/${of.enrichment}`} inherit underline="always">
              {called(of.enrichment)}
            </Anchor>
          ) : (
            "a deleted enrichment"
          )}
          {" · "}
          {of.reused ? "bought for another record, free here" : <Billed of={of} />}
          {" · "}
          <Link
            to={of.entity === "companies" ? "/companies/$id" : "/people/$id"}
            params={{ id: String(of.record_id) }}
            search={{ tab: "calls" }}
          >
            Open the record
          </Link>
        </Text>
      </div>
      <Decide of={of} />
      <div className="scroll-x">
        <Parts of={of} />
      </div>
      <Values of={of} />
    </section>
  );
}

const Billed = ({ of }: { of: Stranger }) => (
  <>
    <Money credits={of.billed_credits} both /> billed
  </>
);

const partWords: Record<string, string> = {
  name: "Name",
  domain: "Domain",
  employer: "Employer",
  country: "Country",
  email: "Email",
  linkedin: "LinkedIn",
};
const agreement: Record<string, string> = { same: "the same", alike: "alike", differs: "differs", untold: "not said" };

function Parts({ of }: { of: Stranger }) {
  return (
    <Table className={review.compare}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th />
          <Table.Th>Known of the record</Table.Th>
          <Table.Th>The answer says</Table.Th>
          <Table.Th />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {(of.parts ?? []).map((p) => (
          <Table.Tr key={p.part}>
            <Table.Th scope="row">{partWords[p.part] ?? p.part}</Table.Th>
            <Table.Td>{p.known || "–"}</Table.Td>
            <Table.Td>{p.answer || "–"}</Table.Td>
            <Table.Td c={p.is === "differs" ? "var(--fettle-failed-text)" : "dimmed"}>
              {agreement[p.is] ?? p.is}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Values({ of }: { of: Stranger }) {
  const values = of.values ?? [];
  if (of.state === "accepted") return null;
  return (
    <Stack gap={4}>
      <Text fw={600} size="sm">
        {values.length > 0
          ? "Accepting writes, free"
          : "Accepting would write nothing: the enrichment takes none of it any more."}
      </Text>
      {values.map((v) => (
        <Text size="sm" key={v.field}>
          {v.label || v.field}: {valueText(v.value)}
          {v.kept != null && (
            <Text span c="dimmed" size="xs">
              {" "}
              · the record has {valueText(v.kept)}, which stays
            </Text>
          )}
        </Text>
      ))}
    </Stack>
  );
}

/** What a person may say of it. Where that would spend, the price is asked about first. */
function Decide({ of }: { of: Stranger }) {
  const accept = useDecision("accept", of);
  const reject = useDecision("reject", of);
  const further = useDecision("reject and ask", of);
  const mayNot = useWhyNot("edit");
  const busy = accept.busy || reject.busy || further.busy;
  const may = !busy && !mayNot;
  useKeys({
    a: () => may && of.state !== "accepted" && accept.run(),
    r: () => may && of.state === "held" && reject.run(),
  });
  if (of.state === "accepted")
    return (
      <Text size="sm" c="dimmed">
        Accepted <By of={of} />. Its values are taken back on the page <Link to="/undo">Undo</Link>.
      </Text>
    );
  return (
    <>
      {of.state === "rejected" && (
        <Text size="sm" c="dimmed">
          Rejected <By of={of} />.
        </Text>
      )}
      <Group gap="xs">
        {of.state === "held" && (
          <May to="edit">
            <Button loading={reject.busy} disabled={busy} onClick={reject.run}>
              Reject (R)
            </Button>
          </May>
        )}
        <May to="edit">
          <Button
            variant="default"
            loading={further.busy}
            disabled={busy}
            onClick={further.run}
            title="Steps of the enrichment that were not asked yet for this record are asked, at the price that is shown first"
          >
            Reject, and ask further steps…
          </Button>
        </May>
        <May to="edit">
          <Button variant="default" loading={accept.busy} disabled={busy} onClick={accept.run}>
            Accept, free (A)
          </Button>
        </May>
        <Text c="dimmed" size="xs">
          J and K: next and previous
        </Text>
      </Group>
      <ErrorNote error={accept.error ?? reject.error ?? further.error} />
      {accept.ask({ title: "Accept the answer?", action: "Accept" })}
      {further.ask({ title: "Ask the steps that were not asked yet?", action: "Reject and ask" })}
    </>
  );
}

const By = ({ of }: { of: Stranger }) => (
  <>
    {of.decided_by && `by ${of.decided_by}`} {of.decided_at && <TimeAgo at={of.decided_at} />}
  </>
);

function useDecision(what: Decision["do"], of: Stranger) {
  const { mutateAsync } = useDecideStranger();
  const { did } = useUndo();
  return useGuarded(
    (confirm) => mutateAsync({ do: what, of, confirm }),
    (d: Schemas["StrangerDecision"]) => did({ set: d.undo ?? "", what: `${nameOf(of)} accepted` }, said(d)),
  );
}

const nameOf = (of: Stranger) => `Answer for ${of.record || of.record_id}`;

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What came of a decision, in words. */
function said(d: Schemas["StrangerDecision"]): string {
  if (d.stranger.state !== "accepted")
    return `Rejected: it is never written.${d.opened ? " The steps that were not asked yet are asked now." : ""}`;
  const fields = (d.stranger.values ?? []).filter((v) => d.written.includes(v.field)).map((v) => v.label || v.field);
  return fields.length > 0
    ? `Accepted, free: ${fields.join(", ")} of ${d.stranger.record || d.stranger.record_id}.`
    : `Accepted. ${d.message ?? ""}`;
}

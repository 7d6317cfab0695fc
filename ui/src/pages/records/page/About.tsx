import { ActionIcon, Anchor, Button, Group, Skeleton, Text, Textarea, Title } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import type { Entity, Schemas } from "../../../api/client";
import { aboutQuery, useAddNote, useDeleteNote } from "../../../api/queries/records";
import { signalsQuery } from "../../../api/queries/signals";
import { statusQuery } from "../../../api/queries/workspace";
import { ErrorNote } from "../../../ui/ErrorNote";
import { grouped } from "../../../ui/grouped";
import { useEnrichmentLabel } from "../../../ui/labels";
import { Money } from "../../../ui/MoneyText";
import { Only } from "../../../ui/Permitted";
import { TimeAgo } from "../../../ui/TimeAgo";
import { count } from "../../../ui/time";
import { useReadables } from "../../audiences/builder/useReadables";
import { filterInWords } from "../../audiences/inWords";
import { inWords as keyInWords } from "../../import/key";
import { SignalLine } from "../../signals/SignalLine";
import classes from "./RecordPage.module.css";

type Detail = Schemas["RecordDetail"];
type AboutView = Schemas["AboutView"];

/** What a record has to do with, beside its values. */
export function About({ record }: { record: Detail }) {
  const { data, error, refetch } = useQuery(aboutQuery(record.id));
  if (error) return <ErrorNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={300} />;
  return (
    <>
      <Related of={record} about={data} />
      <Notes key={record.id} of={record} notes={data.notes} />
      <Signals of={record} />
      <Audiences of={data} entity={record.entity} />
      <Due of={record} />
      <Cost of={record} cost={data.cost} />
      <Keys of={record} keys={data.keys} />
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <Title order={2}>{title}</Title>
      {children}
    </section>
  );
}

function Empty({ children }: { children: ReactNode }) {
  return (
    <Text size="xs" c="dimmed">
      {children}
    </Text>
  );
}

/** The company of a person, or the people of a company. */
function Related({ of, about }: { of: Detail; about: AboutView }) {
  const employer = of.values.find((v) => v.field === "company_domain")?.value;
  if (of.entity === "people")
    return (
      <Section title="Company">
        {about.company ? (
          <Anchor component={Link} to={`/companies/${about.company.id}`}>
            {about.company.name || `Record ${about.company.id}`}
          </Anchor>
        ) : (
          <Empty>
            {employer
              ? `No company here has the domain ${employer}: import companies, and they are linked.`
              : "None yet. A company domain or a business e-mail links a person to a company."}
          </Empty>
        )}
      </Section>
    );
  const people = about.people;
  const domain = of.values.find((v) => v.field === "domain")?.value;
  return (
    <Section title={people && people.total > 0 ? `People (${grouped(people.total)})` : "People"}>
      {!people || people.total === 0 ? (
        <Empty>Nobody yet. People are linked by their company domain or business e-mail.</Empty>
      ) : (
        <ul className={classes.rows}>
          {people.items.map((p) => (
            <li key={p.id}>
              <Anchor component={Link} to={`/people/${p.id}`}>
                {p.name || p.email || `Record ${p.id}`}
              </Anchor>
              <Text size="xs" c="dimmed">
                {p.title}
              </Text>
            </li>
          ))}
        </ul>
      )}
      {people && people.total > people.items.length && typeof domain === "string" && (
        <Anchor
          size="xs"
          renderRoot={(props) => (
            <Link to="/people" search={{ where: `company.domain == ${JSON.stringify(domain)}` }} {...props} />
          )}
        >
          All {grouped(people.total)} in the grid
        </Anchor>
      )}
    </Section>
  );
}

function Notes({ of, notes }: { of: Detail; notes: AboutView["notes"] }) {
  const [text, setText] = useState("");
  const add = useAddNote(of.id);
  const remove = useDeleteNote();
  const me = useQuery(statusQuery).data;
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    try {
      await add.mutateAsync(text);
      setText("");
    } catch {
      // Shown below.
    }
  };
  return (
    <Section title="Notes">
      <Only to="edit">
        <form onSubmit={(e) => void submit(e)}>
          <Textarea
            aria-label="New note"
            placeholder="Add a note for your team"
            autosize
            minRows={1}
            maxRows={8}
            maxLength={4000}
            value={text}
            onChange={(e) => setText(e.currentTarget.value)}
            onKeyDown={(e) => {
              if (e.key === "Enter" && (e.metaKey || e.ctrlKey)) e.currentTarget.form?.requestSubmit();
            }}
          />
          {text.trim() !== "" && (
            <Button type="submit" size="compact-sm" mt={6} loading={add.isPending}>
              Add the note
            </Button>
          )}
        </form>
        <ErrorNote error={add.error ?? remove.error} />
      </Only>
      {(notes ?? []).length === 0 && <Empty>No notes yet. Only people see them; enrichments don’t.</Empty>}
      <ul className={classes.rows}>
        {(notes ?? []).map((n) => (
          <li key={n.id} className={classes.note}>
            <div>{n.text}</div>
            <Group justify="space-between" wrap="nowrap">
              <Text size="xs" c="dimmed">
                {n.actor} · <TimeAgo at={n.at} />
              </Text>
              {me && (me.actor === n.actor || me.role === "admin") && (
                <Only to="edit">
                  <ActionIcon size="sm" aria-label="Delete the note" onClick={() => remove.mutate(n.id)}>
                    <IconTrash size={13} />
                  </ActionIcon>
                </Only>
              )}
            </Group>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What happened to it, newest first. */
function Signals({ of }: { of: Detail }) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    signalsQuery({ record: of.id, retracted: true }),
  );
  const items = data?.pages.flatMap((p) => p.items ?? []) ?? [];
  return (
    <Section title="Signals">
      <ErrorNote error={error} />
      {data && items.length === 0 && <Empty>None yet. A signal is something that happened, such as a new job.</Empty>}
      {items.map((s) => (
        <SignalLine key={s.id} of={s} />
      ))}
      {hasNextPage && (
        <Button variant="subtle" size="compact-sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Older ones
        </Button>
      )}
    </Section>
  );
}

/** The audiences that it is in, and by what. */
function Audiences({ of, entity }: { of: AboutView; entity: Entity }) {
  const { readables } = useReadables(entity);
  const items = of.audiences ?? [];
  return (
    <Section title="Audiences it is in">
      {items.length === 0 && <Empty>Only the one with all records.</Empty>}
      <ul className={classes.rows}>
        {items.map((a) => (
          <li key={a.name} className={classes.note}>
            <Anchor component={Link} to={`/audiences/${a.name}`}>
              {a.label}
            </Anchor>
            <Text size="xs" c="dimmed">
              {(a.why ?? []).map((w) => filterInWords(w, readables)).join(" and ")}
            </Text>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Which values are bought again by themselves, the next first. */
function Due({ of }: { of: Detail }) {
  const called = useEnrichmentLabel();
  const due = of.values.flatMap((v) => (v.due ? [{ ...v.due, label: v.label, field: v.field }] : []));
  due.sort((a, b) => a.at.localeCompare(b.at));
  if (due.length === 0) return null;
  return (
    <Section title="Comes due">
      <ul className={classes.rows}>
        {due.map((d) => (
          <li key={d.field}>
            <span>
              {d.label}{" "}
              <Text span size="xs" c="dimmed">
                by {called(d.enrichment)}
                {d.paused && ", once it is resumed"}
              </Text>
            </span>
            <span className="tabular">{d.at.slice(0, 10)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What it has cost, by enrichment and by field. */
function Cost({ of, cost }: { of: Detail; cost: AboutView["cost"] }) {
  const called = useEnrichmentLabel();
  const label = (key: string) => of.values.find((v) => v.field === key)?.label ?? (key || "No field");
  if (cost.calls === 0)
    return (
      <Section title="What it has cost">
        <Empty>Nothing so far.</Empty>
      </Section>
    );
  return (
    <Section title="What it has cost">
      <ul className={classes.rows}>
        {(cost.by_enrichment ?? []).map((p) => (
          <li key={p.enrichment}>
            <span>
              {p.enrichment ? called(p.enrichment) : "A deleted enrichment"}{" "}
              <Text span size="xs" c="dimmed">
                {count(p.calls, "call", "calls")}
              </Text>
            </span>
            <Money credits={p.credits} />
          </li>
        ))}
        <li>
          <strong>In all</strong>
          <Anchor renderRoot={(props) => <Link to="/credits" search={{ tab: "journal", record: of.id }} {...props} />}>
            <Money credits={cost.credits} both />
          </Anchor>
        </li>
      </ul>
      <Text size="xs" c="dimmed" mt={6}>
        By field:{" "}
        {(cost.by_field ?? []).map((p, i) => (
          <span key={p.field}>
            {i > 0 && ", "}
            {label(p.field)} <Money credits={p.credits} />
          </span>
        ))}
      </Text>
    </Section>
  );
}

/** What it is known again by, and the numbers that lead to it. */
function Keys({ of, keys }: { of: Detail; keys: AboutView["keys"] }) {
  return (
    <Section title="Matched by">
      {(keys ?? []).length === 0 && <Empty>Nothing yet: a row of another list becomes a second record.</Empty>}
      <ul className={classes.rows}>
        {(keys ?? []).map((k) => (
          <li key={`${k.key} ${k.shared}`}>
            <span>{keyInWords(k.key)}</span>
            {k.shared && (
              <Text size="xs" c="dimmed">
                shared with other records
              </Text>
            )}
          </li>
        ))}
      </ul>
      {of.aliases.length > 0 && (
        <Text size="xs" c="dimmed" mt={6}>
          Merged from {of.aliases.map((a) => `#${a}`).join(", ")}
        </Text>
      )}
    </Section>
  );
}

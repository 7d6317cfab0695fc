import { ActionIcon, Anchor, Badge, Button, Group, Text, Textarea, TextInput } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import type { Schemas } from "../../api/client";
import { useEdits } from "../../grid/useEdits";
import { linkOf, shownText, typedValue, valueText } from "../../grid/value";
import { ErrorNote } from "../../ui/ErrorNote";
import { sourceWords, useEnrichmentLabel, useProviderTitle } from "../../ui/labels";
import { Money } from "../../ui/MoneyText";
import { Only } from "../../ui/Permitted";
import { statuses } from "../../ui/status";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import { Calls } from "./Calls";
import { useInList } from "./inList";
import classes from "./RecordPanel.module.css";
import { Words } from "./Words";

type Value = Schemas["ValueDetail"];

/** One value: what it is, where it comes from, what it cost, and by hand another. */
export function ValueLine({ record, value }: { record: Schemas["RecordDetail"]; value: Value }) {
  const [editing, setEditing] = useState(false);
  const [calls, setCalls] = useState(false);
  const link = linkOf(value.type, value.value);
  const blank = value.value === null || value.value === undefined;
  return (
    <div className={classes.line} data-field={value.field}>
      <dt>{value.label}</dt>
      <dd>
        {editing ? (
          <EditForm record={record} value={value} onClose={() => setEditing(false)} />
        ) : (
          <div className={classes.value}>
            <span>
              {blank ? (
                <Text c="dimmed" component="span">
                  –
                </Text>
              ) : link ? (
                <Anchor href={link} target="_blank" rel="noreferrer">
                  {shownText(value.type, value.value)}
                </Anchor>
              ) : (
                shownText(value.type, value.value)
              )}{" "}
              {value.invalid && (
                <Badge color="red" variant="outline">
                  not a valid {value.type}
                </Badge>
              )}
              {value.status && (
                <Badge
                  color={value.status === "valid" ? undefined : "yellow"}
                  variant={value.status === "valid" ? "default" : undefined}
                  title={statuses[value.status]?.title}
                >
                  {statuses[value.status]?.word ?? value.status}
                </Badge>
              )}
              {value.disputed && (
                <Badge color="orange" variant="light">
                  disputed
                </Badge>
              )}
              {value.hold === "running" && <Badge color="blue">being asked</Badge>}
              {value.hold === "unknown" && <Badge color="grape">may have been billed</Badge>}
            </span>
            <Only to="edit">
              <ActionIcon data-edit size="sm" aria-label={`Edit ${value.label}`} onClick={() => setEditing(true)}>
                <IconPencil size={13} />
              </ActionIcon>
            </Only>
          </div>
        )}
        <Origin value={value} />
        {value.words && <Words record={record} value={value} />}
        {value.due && <Due of={value.due} />}
        {value.trouble && (blank || value.hold === "unknown") && <Trouble of={value.trouble} />}
        {(value.purchase || value.trouble || value.hold) && (
          <Anchor component="button" type="button" size="xs" aria-expanded={calls} onClick={() => setCalls(!calls)}>
            {calls ? "Hide the calls" : "Calls and answers"}
          </Anchor>
        )}
        {calls && <Calls record={record.id} field={value.field} />}
      </dd>
    </div>
  );
}

/** When a value is bought again without anybody asking. */
function Due({ of: due }: { of: Schemas["DueDetail"] }) {
  const called = useEnrichmentLabel();
  return (
    <div className={classes.origin}>
      due again {due.at.slice(0, 10)}, by {called(due.enrichment)}
      {due.paused && ", once it is resumed"}
    </div>
  );
}

/** Why a value is blank that was asked for, and what to do about it. */
function Trouble({ of: t }: { of: Schemas["CallTrouble"] }) {
  const called = useEnrichmentLabel();
  const provider = useProviderTitle();
  return (
    <div className={classes.origin}>
      {t.outcome === "unknown" ? "may have been billed" : t.outcome.replaceAll("_", " ")} · {provider(t.provider)} for{" "}
      {called(t.enrichment)} · <TimeAgo at={t.at} />
      {t.message && <Text size="xs">{readable(t.message)}</Text>}
      {t.hint && <div>{readable(t.hint)}</div>}
    </div>
  );
}

/** Where a value is from: what words say, else the kind of source with its name. */
const said = (kind: string | undefined, source: string) =>
  /^(file\b|worked out$)/.test(source) ? source : [...new Set([kind, source])].filter(Boolean).join(" ");

function Origin({ value: { source, source_kind, source_day, actor, purchase, value, taken_back } }: { value: Value }) {
  const called = useEnrichmentLabel();
  const provider = useProviderTitle();
  if (!source && !purchase) return null;
  const cleared = value === null && source ? "cleared " : "";
  return (
    <div className={classes.origin}>
      {purchase && source_kind === "enrichment" ? (
        <>
          {purchase.simulated && (
            <Badge size="xs" color="blue" mr={6} title="The simulated provider made this value up.">
              made up
            </Badge>
          )}
          {purchase.model || purchase.provider ? `${purchase.model || provider(purchase.provider ?? "")} by ` : ""}
          <Anchor component={Link} to={`/enrichments/${purchase.enrichment}`} inherit underline="always">
            {called(purchase.enrichment)}
          </Anchor>{" "}
          v{purchase.version} · <Money credits={purchase.charged_credits} both /> · <TimeAgo at={purchase.at} />
          {purchase.from_record_id && ` · the answer to record ${purchase.from_record_id}, which asked the same`}
        </>
      ) : (
        <>
          {taken_back ? "taken back: bought for nobody until you rerun it · " : cleared}
          {source_kind === "person"
            ? `by hand${actor ? `, ${actor}` : ""}`
            : said(source_kind, sourceWords(source ?? "", called))}{" "}
          · <span className={classes.day}>{source_day}</span>
          {purchase && (
            <>
              {" "}
              · bought before by {called(purchase.enrichment)}, <Money credits={purchase.charged_credits} />
            </>
          )}
        </>
      )}
    </div>
  );
}

function EditForm({ record, value, onClose }: { record: Schemas["RecordDetail"]; value: Value; onClose: () => void }) {
  const [text, setText] = useState(valueText(value.value));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const edits = useEdits(record.entity, useInList());
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const edit = { record: record.id, field: value.field, value: typedValue(value.type, text), old: value.value };
      if ((await edits.apply([edit], `${value.label} edited`, "edited")) !== null) onClose();
    } catch (err) {
      setError(err);
    } finally {
      setBusy(false);
    }
  };
  const long = value.type === "json" || text.length > 60;
  const Input = long ? Textarea : TextInput;
  return (
    <>
      <form
        onSubmit={(e) => void submit(e)}
        onKeyDown={(e) => {
          if (e.key !== "Escape") return;
          e.stopPropagation();
          onClose();
        }}
      >
        <Input
          aria-label={value.label}
          autoFocus
          value={text}
          placeholder="Blank"
          onChange={(e: React.ChangeEvent<HTMLInputElement & HTMLTextAreaElement>) => setText(e.currentTarget.value)}
        />
        <ErrorNote error={error} />
        <Group gap={6} mt={6} mb={4}>
          <Button type="submit" loading={busy}>
            Save
          </Button>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Text c="dimmed" size="xs">
            Kept over what enrichments find.
          </Text>
        </Group>
      </form>
      {edits.dialog}
    </>
  );
}

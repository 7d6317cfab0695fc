import { Anchor, Button, Text } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { sayRefused, useEdits } from "../../grid/useEdits";
import { shownText } from "../../grid/value";
import { sourceWords, useEnrichmentLabel } from "../../ui/labels";
import { Only } from "../../ui/Permitted";
import { useInList } from "./inList";
import classes from "./Words.module.css";

type Value = Schemas["ValueDetail"];
type Word = Schemas["WordDetail"];

/** What each source says of a value on which they have said different things; a person may choose one. */
export function Words({ record, value }: { record: Schemas["RecordDetail"]; value: Value }) {
  const edits = useEdits(record.entity, useInList());
  const [busy, setBusy] = useState("");
  const called = useEnrichmentLabel();
  const who = (w: Word) => whoSays(w, called);
  const choose = async (w: Word) => {
    setBusy(who(w));
    try {
      const edit = { record: record.id, field: value.field, value: w.value, old: value.value };
      await edits.apply([edit], `${value.label} chosen`, "chosen");
    } catch (err) {
      sayRefused(err);
    } finally {
      setBusy("");
    }
  };
  const words = value.words ?? [];
  const [open, setOpen] = useState(false);
  if (!value.disputed && !open)
    return (
      <Anchor component="button" type="button" size="xs" aria-expanded={false} onClick={() => setOpen(true)}>
        What sources say ({words.length})
      </Anchor>
    );
  return (
    <div className={classes.words} data-disputed={value.disputed || undefined}>
      <Text size="xs" c="dimmed">
        {value.disputed ? "Sources disagree. Choose one, or edit the value." : "Sources have said different things."}
      </Text>
      <ul aria-label={`What sources say of ${value.label}`}>
        {words.map((w) => (
          <li key={who(w)}>
            <span className={classes.said}>
              <strong>{shownText(value.type, w.value)}</strong>{" "}
              <Text span size="xs" c="dimmed">
                {who(w)} · {w.day}
                {w.stands ? " · stands" : w.agrees ? " · agrees" : w.settled ? " · decided since" : ""}
              </Text>
            </span>
            {!w.agrees && (value.disputed || !w.stands) && (
              <Only to="edit">
                <Button
                  size="compact-xs"
                  variant="default"
                  loading={busy === who(w)}
                  aria-label={`${w.stands ? "Keep" : "Use"} ${shownText(value.type, w.value)}, by ${who(w)}`}
                  onClick={() => void choose(w)}
                >
                  {w.stands ? "Keep this" : "Use this"}
                </Button>
              </Only>
            )}
          </li>
        ))}
      </ul>
      {value.why && (
        <Text size="xs" c="dimmed">
          {value.why}
        </Text>
      )}
      {edits.dialog}
    </div>
  );
}

/** Who says it, as people call them. */
const whoSays = (w: Word, called: (enrichment: string) => string) =>
  w.source_kind === "person"
    ? w.actor || "by hand"
    : w.source_kind === "enrichment"
      ? called(w.source)
      : sourceWords(w.source, called) || w.source_kind;

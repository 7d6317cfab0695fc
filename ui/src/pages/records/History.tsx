import { Button, Text } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { sayRefused, useEdits } from "../../grid/useEdits";
import { shownText, valueText } from "../../grid/value";
import { sourceWords, useEnrichmentLabel } from "../../ui/labels";
import { Only } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { SignalLine } from "../signals/SignalLine";
import { useInList } from "./inList";
import classes from "./RecordPanel.module.css";

type Detail = Schemas["RecordDetail"];

const kinds: Record<string, string> = {
  create: "Created",
  update: "Changed",
  delete: "Deleted",
  merge: "Merged",
  unmerge: "Taken apart",
  signal: "Signal told",
  retract: "Signal taken back",
};

/** What happened to a record, newest first. What a field held before can be put back, as an edit. */
export function History({ record }: { record: Detail }) {
  const edits = useEdits(record.entity, useInList());
  const [busy, setBusy] = useState("");
  const enrichment = useEnrichmentLabel();
  const label = (key: string) =>
    record.values.find((v) => v.field === key)?.label ?? (key === "company_id" ? "Company" : key);
  const restore = async (field: string, value: unknown, place: string) => {
    setBusy(place);
    try {
      const old = record.values.find((v) => v.field === field)?.value;
      await edits.apply([{ record: record.id, field, value, old }], `${label(field)} restored`, "restored");
    } catch (err) {
      sayRefused(err);
    } finally {
      setBusy("");
    }
  };
  if (record.history.length === 0)
    return <Text c="dimmed">Changes are listed here with the value before, which you can restore.</Text>;
  return (
    <div>
      {record.history.map((h) => (
        <div key={h.id} className={classes.entry}>
          <Text>
            {kinds[h.kind] ?? h.kind}
            {h.source
              ? ` by ${h.source_kind === "person" ? h.actor : sourceWords(h.source, enrichment)}`
              : h.actor
                ? ` by ${h.actor}`
                : ""}
            <Text component="span" c="dimmed">
              {" "}
              · <TimeAgo at={h.at} />
            </Text>
          </Text>
          {h.signal && <SignalLine of={h.signal} />}
          {h.changes && (
            <table>
              <tbody>
                {Object.entries(h.changes).map(([field, change]) => {
                  const [old, now] = (change ?? []) as unknown[];
                  const held = record.values.find((v) => v.field === field);
                  const place = `${h.id} ${field}`;
                  const text = (v: unknown) => valueText(v) && `${field === "company_id" ? "#" : ""}${valueText(v)}`;
                  return (
                    <tr key={field}>
                      <th scope="row">{label(field)}</th>
                      <td>
                        {text(old) && <span className={classes.old}>{text(old)}</span>}{" "}
                        {valueText(old) !== "" && valueText(old) === valueText(now) ? "chosen" : text(now) || "blank"}
                      </td>
                      <td className={classes.restore}>
                        {held && valueText(old) !== "" && valueText(old) !== valueText(held.value) && (
                          <Only to="edit">
                            <Button
                              size="compact-xs"
                              variant="subtle"
                              color="gray"
                              loading={busy === place}
                              aria-label={`Restore ${shownText(held.type, old)} as ${held.label}`}
                              title={`Set ${held.label} to ${shownText(held.type, old)} again`}
                              onClick={() => void restore(field, old, place)}
                            >
                              Restore this value
                            </Button>
                          </Only>
                        )}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          )}
        </div>
      ))}
      {edits.dialog}
    </div>
  );
}

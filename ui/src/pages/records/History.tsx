import { Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { valueText } from "../../grid/value";
import { TimeAgo } from "../../ui/TimeAgo";
import { SignalLine } from "../signals/SignalLine";
import classes from "./RecordPanel.module.css";

const kinds: Record<string, string> = {
  create: "Created",
  update: "Changed",
  delete: "Deleted",
  merge: "Merged",
  unmerge: "Taken apart",
  signal: "Signal told",
  retract: "Signal taken back",
};

/** What happened to a record, newest first. */
export function History({ record }: { record: Schemas["RecordDetail"] }) {
  const label = (key: string) => record.values.find((v) => v.field === key)?.label ?? key;
  return (
    <div>
      {record.history.map((h) => (
        <div key={h.id} className={classes.entry}>
          <Text>
            {kinds[h.kind] ?? h.kind}
            {h.source ? ` by ${h.source_kind === "person" ? h.actor : h.source}` : h.actor ? ` by ${h.actor}` : ""}
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
                  return (
                    <tr key={field}>
                      <th scope="row">{label(field)}</th>
                      <td>
                        {valueText(old) && <span className={classes.old}>{valueText(old)}</span>}{" "}
                        {valueText(now) || "blank"}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          )}
        </div>
      ))}
    </div>
  );
}

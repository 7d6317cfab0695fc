import { List } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/grouped";

/** What an undo has taken back of an import, or would. */
export function TakenBack({ of }: { of: Schemas["UndoView"] }) {
  const dry = of.dry_run === true;
  const say = (n: number, one: string, many: string) => `${grouped(n)} ${n === 1 ? one : many}`;
  const lines = [
    of.deleted > 0 && `${say(of.deleted, "record", "records")} ${dry ? "would be deleted" : "deleted"}`,
    of.restored > 0 && `${say(of.restored, "value", "values")} ${dry ? "would be put back" : "put back"}`,
    of.unmerged > 0 && `${say(of.unmerged, "merge", "merges")} ${dry ? "would be undone" : "undone"}`,
    of.reduced > 0 &&
      `${say(of.reduced, "record", "records")} reduced to what was bought (${say(of.bought, "value", "values")}): in no audience until imported again, and not bought again then`,
    of.kept > 0 && `${say(of.kept, "record or value", "records and values")} stay: they were changed since`,
  ].filter((l) => l !== false);
  return (
    <List size="sm" aria-label="What is taken back">
      {lines.length === 0 && <List.Item>Nothing is left to take back.</List.Item>}
      {lines.map((l) => (
        <List.Item key={l}>{l}</List.Item>
      ))}
    </List>
  );
}

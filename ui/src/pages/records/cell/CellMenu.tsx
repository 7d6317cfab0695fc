import { Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp, IconArrowsMaximize, IconCopy, IconPlayerPlay, IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { body, client, type Entity, type Schemas } from "../../../api/client";
import { enrichmentsQuery } from "../../../api/queries/enrichments";
import { recordQuery } from "../../../api/queries/records";
import { type CellState, cellStates } from "../../../grid/cellState";
import { fillersOf } from "../../../grid/fillers";
import { cellText, isSignals } from "../../../grid/signal";
import type { GridRecord } from "../../../grid/useRows";
import { valueText } from "../../../grid/value";
import { May } from "../../../ui/Permitted";
import { takesBack, useUndo } from "../../../undo/Undo";
import { RunRows } from "./RunRows";

/** A cell that was pointed at, and where on screen. */
export type CellAt = { record: GridRecord; field: Schemas["Field"]; x: number; y: number };

type Props = {
  entity: Entity;
  at: CellAt;
  /** Of several selected rows, if this is one of them: "Enrich the 20 selected…". */
  selected?: { label: string; enrich: () => void };
  onOpen: (id: number, at?: "history") => void;
  onClose: () => void;
};

/** What can be done with one cell. */
export function CellMenu({ entity, at: { record, field, x, y }, selected, onOpen, onClose }: Props) {
  const all = useQuery(enrichmentsQuery).data?.items ?? [];
  const [running, setRunning] = useState<Schemas["EnrichmentView"]>();
  const go = useNavigate();
  const { did } = useUndo();
  const key = field.field;
  const mine = fillersOf(entity, all).get(key) ?? [];
  const rows = all.filter((e) => e.entity === entity && !mine.includes(e));
  const before = useBefore(record, key);
  const name = valueText(record.values.name) || `record ${record.id}`;
  const held = cellText(record, key);

  const restore = async () => {
    onClose();
    try {
      const edits = [{ record: record.id, field: key, value: before ?? null, old: record.values[key] ?? null }];
      const done = await body(client.POST("/api/v1/records/edit", { body: { entity, edits } }));
      const what = `${field.label} of ${name} restored`;
      if (done.set) did({ what, set: done.set }, `${what}. ${takesBack}`);
    } catch (err) {
      notifications.show({ color: "red", title: "Not restored", message: (err as Error).message });
    }
  };
  const size = 14;
  const run = (e: Schemas["EnrichmentView"], label: string) =>
    e.state === "draft" && !e.limit ? (
      <Menu.Item key={e.name} onClick={() => void go({ to: `/enrichments/${e.name}`, search: { tab: "start" } })}>
        {e.label} is a draft without a limit…
      </Menu.Item>
    ) : (
      <May key={e.name} to="spend">
        <Menu.Item leftSection={<IconPlayerPlay size={size} />} closeMenuOnClick={false} onClick={() => setRunning(e)}>
          {label}
        </Menu.Item>
      </May>
    );
  if (running) return <RunRows enrichment={running} records={[record.id]} name={name} onClose={onClose} />;
  return (
    <Menu
      opened
      onClose={onClose}
      clickOutsideEvents={clicks} // the key that opens it is no click beside it
      position="bottom-start"
      shadow="md"
      width={270}
      offset={2}
    >
      <Menu.Target>
        <span style={{ position: "fixed", left: x, top: y }} />
      </Menu.Target>
      <Menu.Dropdown aria-label={`${field.label} of ${name}`} mah="70vh" style={{ overflowY: "auto" }}>
        <Menu.Label>
          {field.label} of {name}
        </Menu.Label>
        <Menu.Item leftSection={<IconArrowsMaximize size={size} />} onClick={() => onOpen(record.id)}>
          Open the record
        </Menu.Item>
        <Menu.Item
          leftSection={<IconCopy size={size} />}
          disabled={held === ""}
          onClick={() => void navigator.clipboard.writeText(held)}
        >
          Copy
        </Menu.Item>
        {before !== undefined && !isSignals(key) && (
          <May to="edit">
            <Menu.Item leftSection={<IconArrowBackUp size={size} />} onClick={() => void restore()}>
              Restore {before === null ? "the blank" : `“${short(valueText(before))}”`}
            </Menu.Item>
          </May>
        )}
        {held === "" && !isSignals(key) && (
          <Menu.Item onClick={() => onOpen(record.id)}>Why blank: {whyBlank(record.cells?.[key], mine)}</Menu.Item>
        )}
        {(mine.length > 0 || rows.length > 0) && <Menu.Divider />}
        {mine.map((e) => run(e, `Run ${e.label} for this cell…`))}
        {rows.slice(0, 6).map((e) => run(e, `Run ${e.label} for this row…`))}
        {selected && <Menu.Divider />}
        {selected && (
          <May to="edit">
            <Menu.Item leftSection={<IconSparkles size={size} />} onClick={selected.enrich}>
              {selected.label}
            </Menu.Item>
          </May>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

const clicks = ["mousedown", "touchstart"];

const short = (text: string) => (text.length > 28 ? `${text.slice(0, 27)}…` : text);

/** What the field held before its last change; undefined where it held nothing else. */
function useBefore(record: GridRecord, key: string): unknown {
  const history = useQuery(recordQuery(record.id)).data?.history ?? [];
  for (const h of history) {
    const change = h.changes?.[key];
    if (!change) continue;
    const [old, now] = change as unknown[];
    if (valueText(now) === valueText(record.values[key])) return h.kind === "create" ? undefined : (old ?? null);
  }
  return undefined;
}

function whyBlank(state: string | undefined, fillers: Schemas["EnrichmentView"][]): string {
  const known = cellStates[state as CellState];
  if (known) return known.title.toLowerCase();
  const [first] = fillers;
  return first ? `${first.label} has not asked for it` : "no source had it, and no enrichment fills it";
}

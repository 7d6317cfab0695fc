import { Menu, UnstyledButton } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowLeft,
  IconArrowRight,
  IconArrowUp,
  IconEyeOff,
  IconFilter,
  IconLayoutRows,
  IconPencil,
  IconPin,
  IconPinnedOff,
  IconSparkles,
  IconTrash,
} from "@tabler/icons-react";
import { memo, type PointerEvent, type ReactNode, useState } from "react";
import type { Schemas } from "../api/client";
import { percent } from "../ui/Bar";
import { typeLabel } from "../ui/fieldTypes";
import { May } from "../ui/Permitted";
import { type fillersOf, stands } from "./fillers";
import classes from "./Grid.module.css";
import { numberWidth } from "./GridRow";
import { isSignals } from "./signal";
import type { Column } from "./view";

export type HeaderActions = {
  sort: (field: string | undefined, desc: boolean) => void;
  filter: (field: string) => void;
  /** Only the records in which the field is blank. */
  gaps: (field: string) => void;
  enrich: (field: string) => void;
  /** Puts the rows together by the field's values. */
  group: (field: string) => void;
  edit: (field: Schemas["Field"]) => void;
  remove: (field: Schemas["Field"]) => void;
  hide: (field: string) => void;
  pin: (field: string, on: boolean) => void;
  nudge: (field: string, by: -1 | 1) => void;
  reorder: (field: string, before: string) => void;
  resize: (field: string, width: number) => void;
  /** The enrichments of a column as items of its menu. */
  runs: (of: readonly Schemas["EnrichmentView"][]) => ReactNode;
};

type Props = {
  columns: Column[];
  from: number;
  to: number;
  width: number;
  sort?: string;
  desc?: boolean;
  rates: Map<string, Schemas["HubField"]>;
  records: number;
  /** Whether all rows are picked, some, or none. */
  picked: boolean | "mixed";
  onPickAll: () => void;
  /** The enrichments that fill each field. */
  fillers: ReturnType<typeof fillersOf>;
  actions: HeaderActions;
};

const dragged = "text/fettle-column";

export const GridHeader = memo(function GridHeader(p: Props) {
  const pinned = p.columns.filter((c) => c.pinned).length;
  const first = Math.max(p.from, pinned);
  const lastPinned = p.columns[pinned - 1];
  const gap = (p.columns[first]?.left ?? 0) - (lastPinned ? lastPinned.left + lastPinned.width : 0);
  return (
    <div role="row" aria-rowindex={1} className={classes.head} style={{ width: p.width }}>
      <div role="columnheader" className={classes.corner}>
        <button
          type="button"
          role="checkbox"
          aria-checked={p.picked}
          aria-label="Select all rows"
          title={p.picked === true ? "Select none" : "Select all that are shown"}
          className={classes.box}
          onClick={p.onPickAll}
        />
        #
      </div>
      {p.columns.map((column, col) =>
        col < pinned || (col >= p.from && col < p.to) ? (
          <HeaderCell
            key={column.field.field}
            {...p}
            column={column}
            col={col}
            last={col === pinned - 1}
            gap={col === first ? gap : 0}
          />
        ) : null,
      )}
    </div>
  );
});

function HeaderCell({
  column,
  col,
  gap,
  last,
  sort,
  desc,
  rates,
  records,
  fillers,
  actions,
}: Props & { column: Column; col: number; gap: number; last: boolean }) {
  const { field, pinned } = column;
  const [over, setOver] = useState(false);
  const sorted = sort === field.field;
  const rate = rates.get(field.field);
  const filling = fillers.get(field.field) ?? [];
  const [leads] = filling;
  const filled = rate ? percent(rate.filled, records) : undefined;
  const tip =
    [leads && `${leads.label}: ${stands(leads).words}`, field.description].filter(Boolean).join(". ") || undefined;
  return (
    <div
      role="columnheader"
      aria-colindex={col + 2}
      aria-sort={sorted ? (desc ? "descending" : "ascending") : undefined}
      className={`${classes.header} ${pinned ? classes.pinned : ""}`}
      data-over={over || undefined}
      data-last={(pinned && last) || undefined}
      style={{
        width: column.width,
        left: pinned ? numberWidth + column.left : undefined,
        marginLeft: gap || undefined,
      }}
      draggable
      onDragStart={(e) => e.dataTransfer.setData(dragged, field.field)}
      onDragOver={(e) => {
        if (!e.dataTransfer.types.includes(dragged)) return;
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        setOver(false);
        actions.reorder(e.dataTransfer.getData(dragged), field.field);
      }}
    >
      <Menu position="bottom-start" width={230} shadow="md">
        <Menu.Target>
          <UnstyledButton className={classes.headerButton} data-tip={tip} aria-description={tip}>
            <span className={classes.headerText}>
              <span className={classes.label}>{field.label}</span>
              {sorted && (desc ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
              {leads && <Standing of={leads} />}
              {filled && <span className={`${classes.rate} tabular`}>{filled}</span>}
            </span>
            {rate && (
              <span className={classes.fill} aria-hidden>
                <span style={{ width: `${100 * rate.rate}%` }} />
              </span>
            )}
          </UnstyledButton>
        </Menu.Target>
        <ColumnMenu column={column} sorted={sorted} filled={filled} filling={filling} actions={actions} />
      </Menu>
      <Grip column={column} resize={actions.resize} />
    </div>
  );
}

function ColumnMenu({
  column: { field, pinned },
  sorted,
  filled,
  filling,
  actions,
}: {
  column: Column;
  sorted: boolean;
  filled?: string;
  filling: Schemas["EnrichmentView"][];
  actions: HeaderActions;
}) {
  const key = field.field;
  const size = 14;
  const happens = isSignals(key);
  return (
    <Menu.Dropdown>
      <Menu.Label>
        {field.label}
        {happens ? "" : ` · ${typeLabel(field.type)}`}
        {filled ? ` · ${filled} filled` : ""}
      </Menu.Label>
      {filling.length > 0 && actions.runs(filling)}
      {filling.length > 0 && <Menu.Divider />}
      {!happens && (
        <May to="edit">
          <Menu.Item leftSection={<IconSparkles size={size} />} onClick={() => actions.enrich(key)}>
            Enrich this field…
          </Menu.Item>
        </May>
      )}
      {!happens && (
        <Menu.Item leftSection={<IconFilter size={size} />} onClick={() => actions.gaps(key)}>
          Only gaps
        </Menu.Item>
      )}
      <Menu.Item leftSection={<IconFilter size={size} />} onClick={() => actions.filter(key)}>
        {happens ? "Signals of the last 30 days" : "Filter by this field"}
      </Menu.Item>
      {field.type !== "json" && !happens && (
        <>
          <Menu.Item leftSection={<IconArrowUp size={size} />} onClick={() => actions.sort(key, false)}>
            Sort ascending
          </Menu.Item>
          <Menu.Item leftSection={<IconArrowDown size={size} />} onClick={() => actions.sort(key, true)}>
            Sort descending
          </Menu.Item>
        </>
      )}
      {field.type !== "json" && !happens && (
        <Menu.Item leftSection={<IconLayoutRows size={size} />} onClick={() => actions.group(key)}>
          Group by this field
        </Menu.Item>
      )}
      {sorted && <Menu.Item onClick={() => actions.sort(undefined, false)}>Do not sort</Menu.Item>}
      <Menu.Divider />
      <Menu.Item
        leftSection={pinned ? <IconPinnedOff size={size} /> : <IconPin size={size} />}
        onClick={() => actions.pin(key, !pinned)}
      >
        {pinned ? "Let go" : "Pin to the left"}
      </Menu.Item>
      <Menu.Item leftSection={<IconArrowLeft size={size} />} onClick={() => actions.nudge(key, -1)}>
        Move left
      </Menu.Item>
      <Menu.Item leftSection={<IconArrowRight size={size} />} onClick={() => actions.nudge(key, 1)}>
        Move right
      </Menu.Item>
      <Menu.Item leftSection={<IconEyeOff size={size} />} onClick={() => actions.hide(key)}>
        Hide
      </Menu.Item>
      {!happens && <Menu.Divider />}
      {!happens && (
        <May to="edit">
          <Menu.Item leftSection={<IconPencil size={size} />} onClick={() => actions.edit(field)}>
            Edit field…
          </Menu.Item>
        </May>
      )}
      {!field.builtin && (
        <May to="edit">
          <Menu.Item color="red" leftSection={<IconTrash size={size} />} onClick={() => actions.remove(field)}>
            Delete field…
          </Menu.Item>
        </May>
      )}
    </Menu.Dropdown>
  );
}

/** How the enrichment of a column stands: a sign of its own shape, in words for whoever points at it or listens. */
function Standing({ of }: { of: Schemas["EnrichmentView"] }) {
  const { sign, words } = stands(of);
  const said = `${of.label}: ${words}`;
  return <span className={classes.state} data-state={sign} role="img" aria-label={said} />;
}

/** Drags a column's right edge. */
function Grip({ column, resize }: { column: Column; resize: HeaderActions["resize"] }) {
  const onPointerDown = (e: PointerEvent<HTMLSpanElement>) => {
    e.preventDefault();
    e.stopPropagation();
    const { clientX } = e;
    const grip = e.currentTarget;
    grip.setPointerCapture(e.pointerId);
    grip.onpointermove = (m) => resize(column.field.field, column.width + m.clientX - clientX);
    grip.onpointerup = () => {
      grip.onpointermove = null;
    };
  };
  return <span className={classes.grip} aria-hidden onPointerDown={onPointerDown} draggable={false} />;
}

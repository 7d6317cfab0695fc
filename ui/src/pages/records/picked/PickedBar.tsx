import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconArrowsJoin,
  IconDots,
  IconListCheck,
  IconPencil,
  IconSparkles,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Entity, Schemas } from "../../../api/client";
import type { Choice, RecordSearch } from "../../../api/queries/records";
import { choiceOf, nonePicked, type Picked } from "../../../grid/picked";
import { grouped } from "../../../ui/grouped";
import { May } from "../../../ui/Permitted";
import { ExportMenu } from "../ExportMenu";
import { AddToList } from "./AddToList";
import { DeletePicked } from "./DeletePicked";
import { EnrichPicked } from "./EnrichPicked";
import { MergePicked } from "./MergePicked";
import classes from "./PickedBar.module.css";
import { SetPicked } from "./SetPicked";
import { SuppressPicked } from "./SuppressPicked";

export type PickedOf = {
  entity: Entity;
  /** The records, as the API takes them. */
  choice: Choice;
  count: number;
  fields: Schemas["Field"][];
};

/** "20 people", as the buttons and questions say it. */
export const nameOf = (entity: Entity, n: number) =>
  `${grouped(n)} ${entity === "people" ? (n === 1 ? "person" : "people") : n === 1 ? "company" : "companies"}`;

type Act = "enrich" | "list" | "set" | "suppress" | "release" | "merge" | "delete";

type Props = {
  entity: Entity;
  query: RecordSearch;
  fields: Schemas["Field"][];
  /** The columns on screen, as an export takes them. */
  columns: string;
  picked: Picked;
  count: number;
  onPick: (p: Picked) => void;
  /** Asked for elsewhere, as in the menu of a cell: begun here, once. */
  enrich: boolean;
  onEnrich: (on: boolean) => void;
};

/** What can be done to the picked rows. */
export function PickedBar({ entity, query, fields, columns, picked, count, onPick, enrich, onEnrich }: Props) {
  const [act, setAct] = useState<Act | null>(null);
  // A question is about what was picked when it was asked.
  const [of, setOf] = useState<PickedOf>();
  const begin = (a: Act) => {
    setOf({ entity, choice: choiceOf(picked, query), count, fields });
    setAct(a);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once each time it is asked for
  useEffect(() => {
    if (!enrich) return;
    onEnrich(false);
    begin("enrich");
  }, [enrich]);
  useEscape(() => onPick(nonePicked), act !== null);
  const close = () => setAct(null);
  const done = () => {
    close();
    onPick(nonePicked);
  };
  const ids = [...picked.ids];
  const two = !picked.all && ids.length === 2;
  const size = 14;
  const plain = { variant: "subtle", color: "gray" } as const;
  const exported = { ...query, [picked.all ? "except" : "only"]: ids.join(",") };
  const props = of && { of, onClose: close, onDone: done };
  return (
    <div className={classes.bar} role="toolbar" aria-label="Selected records">
      <strong className="tabular" aria-live="polite">
        {nameOf(entity, count)} selected
      </strong>
      <May to="edit">
        <Button leftSection={<IconSparkles size={size} />} onClick={() => begin("enrich")}>
          Enrich…
        </Button>
      </May>
      <May to="edit">
        <Button {...plain} leftSection={<IconListCheck size={size} />} onClick={() => begin("list")}>
          Add to a list…
        </Button>
      </May>
      <May to="edit">
        <Button {...plain} leftSection={<IconPencil size={size} />} onClick={() => begin("set")}>
          Edit a field…
        </Button>
      </May>
      <ExportMenu query={exported} columns={columns} all={fields.length} name={query.audience ?? entity} />
      <May to="edit">
        <Button {...plain} color="red" leftSection={<IconTrash size={size} />} onClick={() => begin("delete")}>
          Delete…
        </Button>
      </May>
      <Menu position="top-end" shadow="md">
        <Menu.Target>
          <ActionIcon aria-label="More for the selected">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <May to="edit">
            <Menu.Item onClick={() => begin("suppress")}>Keep from being enriched…</Menu.Item>
          </May>
          <May to="edit">
            <Menu.Item onClick={() => begin("release")}>Let them be enriched…</Menu.Item>
          </May>
          <May to="edit">
            <Menu.Item
              leftSection={<IconArrowsJoin size={size} />}
              disabled={!two}
              title={two ? undefined : "Select two rows to make them one"}
              onClick={() => begin("merge")}
            >
              Merge two…
            </Menu.Item>
          </May>
        </Menu.Dropdown>
      </Menu>
      <ActionIcon aria-label="Select none" title="Select none (Esc)" onClick={() => onPick(nonePicked)}>
        <IconX size={16} />
      </ActionIcon>
      {props && act === "enrich" && <EnrichPicked {...props} audience={wholeAudience(picked, query)} />}
      {props && act === "list" && <AddToList {...props} />}
      {props && act === "set" && <SetPicked {...props} />}
      {props && (act === "suppress" || act === "release") && <SuppressPicked {...props} off={act === "release"} />}
      {props && act === "delete" && <DeletePicked {...props} />}
      {props && act === "merge" && two && <MergePicked {...props} pair={[ids[0] ?? 0, ids[1] ?? 0]} />}
    </div>
  );
}

/** The audience, if all of its members are picked. */
const wholeAudience = (p: Picked, q: RecordSearch) =>
  p.all && p.ids.size === 0 && !q.where && !q.search ? (q.audience ?? `all-${q.entity}`) : undefined;

/** Esc lets the rows go, unless it is for something that is open. */
function useEscape(then: () => void, off: boolean) {
  useEffect(() => {
    if (off) return;
    const onKey = (e: KeyboardEvent) => {
      const inside = e.target instanceof HTMLElement && e.target.closest("input, textarea, [role=dialog], [role=menu]");
      if (e.key === "Escape" && !e.defaultPrevented && !inside) then();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [then, off]);
}

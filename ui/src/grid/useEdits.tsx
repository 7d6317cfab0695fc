import { Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ApiError, body, client, type Entity, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import type { RecordSearch } from "../api/queries/records";
import { Confirm } from "../ui/Confirm";
import { command } from "../ui/command";
import { type QuietSpend, quietSpendOf, SpendTable } from "../ui/Guarded";
import { grouped } from "../ui/grouped";
import { takesBack, useUndo } from "../undo/Undo";
import { askFrom, type Edit, mostEdits } from "./edits";
import type { GridRecord } from "./useRows";

type Done = Schemas["EditsView"];
type Change = Schemas["EditsChange"];
type Asked = { answer: (go: boolean) => void } & ({ spend: QuietSpend[] } | { change: Change });

/**
 * Edits by hand: one request each, which is one step to take back, on any page
 * (`undo/`). Many cells at once are asked about first, and of those that one
 * looks at in a list it is said which leave it.
 */
export function useEdits(entity: Entity, within?: RecordSearch) {
  const queries = useQueryClient();
  const { did } = useUndo();
  const [asked, setAsked] = useState<Asked | null>(null);

  const send = async (edits: Edit[]): Promise<Done> => {
    const list = within && { audience: within.audience, where: within.where, search: within.search };
    const post = (confirm: boolean) =>
      body(client.POST("/api/v1/records/edit", { body: { entity, edits, confirm, within: list } }));
    try {
      return await post(false);
    } catch (err) {
      const spend = quietSpendOf(err);
      if (!spend) throw err;
      const go = await new Promise<boolean>((answer) => setAsked({ spend, answer }));
      setAsked(null);
      if (!go)
        throw new ApiError({ detail: "Not saved.", hint: "It would have triggered purchases in live enrichments." }, 0);
      return post(true);
    }
  };
  /** Asks by numbers before many cells change. */
  const agreed = async (edits: Edit[]): Promise<boolean> => {
    if (edits.length < askFrom) return true;
    const { change } = await body(client.POST("/api/v1/records/edit", { body: { entity, edits, preview: true } }));
    if (!change || change.cells < askFrom) return true;
    const go = await new Promise<boolean>((answer) => setAsked({ change, answer }));
    setAsked(null);
    return go;
  };
  const show = (done: Done) =>
    queries.setQueriesData<Schemas["RecordPage"]>({ queryKey: [...keys.records, "page"] }, (page) =>
      page ? { ...page, items: withEdits(page.items, done.edits) } : page,
    );

  /**
   * Does edits as one step, says so, and gives how many cells changed; null where
   * the person said no. What is refused is thrown, and nothing is changed.
   */
  const apply = async (edits: Edit[], what: string, how = "changed"): Promise<number | null> => {
    if (edits.length === 0) return 0;
    if (edits.length > mostEdits) throw tooMany(edits.length);
    if (!(await agreed(edits))) return null;
    const done = await send(edits);
    show(done);
    void queries.invalidateQueries({ queryKey: keys.record });
    const n = done.edits.length;
    const cells = n === 1 ? "One cell" : `${grouped(n)} cells`;
    if (done.set) did({ what, set: done.set }, `${cells} ${how}.${outOf(done.out ?? 0, within)} ${takesBack}`);
    return n;
  };

  const dialog: ReactNode = asked && (
    <Confirm opened {...wordsOf(asked)} onClose={() => asked.answer(false)} onConfirm={() => asked.answer(true)} />
  );
  return { apply, dialog };
}

/** That records are not in the list any more which one looks at. */
function outOf(n: number, within?: RecordSearch): string {
  if (n === 0) return "";
  const who = n === 1 ? "The record is" : `${grouped(n)} records are`;
  const fits = n === 1 ? "it does not fit" : "they do not fit";
  const narrowed = within?.where || within?.search;
  return ` ${who} not in ${narrowed ? "this list" : "this audience"} any more: ${fits} ${narrowed ? "what the list is narrowed to" : "its filter"}.`;
}

const number = (n: number, one: string, many: string) => `${grouped(n)} ${n === 1 ? one : many}`;

/** What a person is asked before edits are saved. */
function wordsOf(asked: Asked) {
  if ("spend" in asked)
    return {
      title: "This edit would spend",
      action: "Save it and let them buy",
      children: (
        <>
          <Text>Live enrichments follow what you change, and would buy:</Text>
          <SpendTable spend={asked.spend} />
        </>
      ),
    };
  const { cells, records, cleared, bought } = asked.change;
  const clears = cleared === cells;
  const what = `${number(cells, "cell", "cells")} of ${number(records, "record", "records")}`;
  return {
    title: `${clears ? "Clear" : "Change"} ${what}?`,
    action: `${clears ? "Clear" : "Change"} ${number(cells, "cell", "cells")}`,
    danger: cleared > 0,
    children: (
      <>
        {!clears && cleared > 0 && <Text>{number(cleared, "cell is", "cells are")} cleared.</Text>}
        {bought > 0 && (
          <Text>
            {number(bought, "value was", "values were")} bought. What was paid stays paid; a cleared value is not bought
            again by itself.
          </Text>
        )}
        <Text c="dimmed">{command}Z takes it back, on any page; it is also listed under Undo.</Text>
      </>
    ),
  };
}

export function tooMany(cells: number): ApiError {
  return new ApiError(
    {
      detail: `These are ${grouped(cells)} cells; at most ${grouped(mostEdits)} are changed at once.`,
      hint: "Import a file for more.",
    },
    0,
  );
}

/** Says why edits were not saved. */
export function sayRefused(err: unknown) {
  const { message, hint } = err as ApiError;
  notifications.show({ color: "red", title: "Not saved", message: hint ? `${message} ${hint}` : message });
}

/** The records of a page with what was changed in them. */
function withEdits(items: GridRecord[], edits: readonly Edit[]): GridRecord[] {
  const of = new Map<number, Edit[]>();
  for (const e of edits) of.set(e.record, [...(of.get(e.record) ?? []), e]);
  return items.map((r) => {
    const mine = of.get(r.id);
    if (!mine) return r;
    const values = { ...r.values };
    for (const e of mine) {
      if (e.value === null || e.value === undefined) delete values[e.field];
      else values[e.field] = e.value;
    }
    return { ...r, values };
  });
}

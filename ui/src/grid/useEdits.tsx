import { Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { ApiError, body, client, type Entity, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { Confirm } from "../ui/Confirm";
import { type QuietSpend, quietSpendOf, SpendTable } from "../ui/Guarded";
import { did, didAgain, type Edit, mostEdits, noSteps, reversed, tookBack } from "./edits";
import type { GridRecord } from "./useRows";

type Done = Schemas["EditsView"];
type Asked = { spend: QuietSpend[]; answer: (go: boolean) => void };

/** Edits by hand: one request each, one step to take back. Runs are never taken back: what they bought is paid. */
export function useEdits(entity: Entity) {
  const queries = useQueryClient();
  const steps = useRef(noSteps);
  const busy = useRef(false);
  const [asked, setAsked] = useState<Asked | null>(null);

  const send = async (edits: Edit[], checked: boolean): Promise<Done> => {
    const post = (confirm: boolean) =>
      body(client.POST("/api/v1/records/edit", { body: { entity, edits, checked, confirm } }));
    try {
      return await post(false);
    } catch (err) {
      const spend = quietSpendOf(err);
      if (!spend) throw err;
      const go = await new Promise<boolean>((answer) => setAsked({ spend, answer }));
      setAsked(null);
      if (!go) throw new ApiError({ detail: "Not saved.", hint: "It would have spent in live enrichments." }, 0);
      return post(true);
    }
  };
  const show = (done: Done) =>
    queries.setQueriesData<Schemas["RecordPage"]>({ queryKey: [...keys.records, "page"] }, (page) =>
      page ? { ...page, items: withEdits(page.items, done.edits) } : page,
    );

  /** Does edits as one step. What is refused is thrown, and nothing is changed. */
  const apply = async (edits: Edit[], what: string): Promise<number> => {
    if (edits.length === 0) return 0;
    if (edits.length > mostEdits) throw tooMany(edits.length);
    const done = await send(edits, false);
    show(done);
    if (done.edits.length > 0) steps.current = did(steps.current, { edits: done.edits, what });
    return done.edits.length;
  };

  const step = async (back: boolean) => {
    const last = back ? steps.current.done.at(-1) : steps.current.undone.at(-1);
    if (busy.current) return;
    if (!last) {
      notifications.show({
        message: back ? "There is no edit of yours to take back." : "Nothing was taken back.",
        autoClose: 1800,
      });
      return;
    }
    busy.current = true;
    try {
      const done = await send(back ? reversed(last.edits) : last.edits, true);
      steps.current = back ? tookBack(steps.current) : didAgain(steps.current);
      show(done);
      notifications.show({
        message: `${back ? "Taken back" : "Done again"}: ${last.what}.${leftWords(done.left)}`,
        autoClose: 2500,
      });
    } catch (err) {
      sayRefused(err);
    } finally {
      busy.current = false;
    }
  };

  const dialog: ReactNode = asked && (
    <Confirm
      opened
      title="This edit would spend"
      action="Save it and let them buy"
      onClose={() => asked.answer(false)}
      onConfirm={() => asked.answer(true)}
    >
      <Text>Live enrichments follow what you change, and would buy:</Text>
      <SpendTable spend={asked.spend} />
    </Confirm>
  );
  return { apply, undo: () => void step(true), redo: () => void step(false), dialog };
}

export function tooMany(cells: number): ApiError {
  return new ApiError(
    {
      detail: `These are ${cells.toLocaleString("en-US")} cells; at most ${mostEdits.toLocaleString("en-US")} are changed at once.`,
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

const leftWords = (n: number) =>
  n === 0
    ? ""
    : ` ${n === 1 ? "One cell was" : `${n.toLocaleString("en-US")} cells were`} left as someone changed them since.`;

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

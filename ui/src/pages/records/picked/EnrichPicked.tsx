import { Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Confirm } from "../../../ui/Confirm";
import { useGuarded } from "../../../ui/Guarded";
import { takesBack, useUndo } from "../../../undo/Undo";
import { addToList } from "./list";
import { nameOf, type PickedOf } from "./PickedBar";

type Props = { of: PickedOf; audience?: string; onClose: () => void; onDone: () => void };

/**
 * Leads to a new enrichment of the picked records. An enrichment asks for an
 * audience: they become a list, unless they are an audience already.
 */
export function EnrichPicked({ of, audience, onClose, onDone }: Props) {
  const [list, setList] = useState(() => `Selected ${new Date().toLocaleDateString("en-GB")}`);
  const go = useNavigate();
  const { did } = useUndo();
  const name = list.trim().replaceAll(";", ",");
  const lead = (to: string) =>
    void go({
      to: "/enrichments/new",
      search: { audience: to, entity: of.entity === "companies" ? of.entity : undefined },
    });
  const save = useGuarded(
    async (confirm) => (audience ? { audience } : await addToList(of, name, confirm)),
    (v) => {
      if ("done" in v && v.done.set) {
        const what = `${nameOf(of.entity, v.done.change.records)} added to ${name}`;
        did({ what, set: v.done.set }, `${what}. ${takesBack}`);
      }
      onDone();
      lead(v.audience);
    },
  );
  const who = nameOf(of.entity, of.count);
  return (
    <>
      <Confirm
        opened
        title={`Enrich ${who}`}
        action="Go on to the enrichment"
        busy={save.busy}
        disabled={!audience && name === ""}
        error={save.error}
        onClose={onClose}
        onConfirm={save.run}
      >
        {audience ? (
          <Text>These are all of {audience}. The next page asks what to find for them.</Text>
        ) : (
          <>
            <TextInput
              label="Name for these records"
              data-autofocus
              value={list}
              onChange={(e) => setList(e.currentTarget.value)}
            />
            <Text>They become a list of that name. The next page asks what to find for them.</Text>
          </>
        )}
        <Text c="dimmed">Nothing is bought before you have seen its price.</Text>
      </Confirm>
      {save.ask({ title: "This would spend", action: "Add them and let them buy" })}
    </>
  );
}

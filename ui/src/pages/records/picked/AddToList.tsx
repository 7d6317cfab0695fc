import { Autocomplete, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "../../../ui/Confirm";
import { useGuarded } from "../../../ui/Guarded";
import { takesBack, useUndo } from "../../../undo/Undo";
import { addToList, listAudience, listField } from "./list";
import { nameOf, type PickedOf } from "./PickedBar";

type Props = { of: PickedOf; onClose: () => void; onDone: () => void };

/** Puts the picked records on a list of hand-picked ones, a new one or one that is there. */
export function AddToList({ of, onClose, onDone }: Props) {
  const [list, setList] = useState("");
  const queries = useQueryClient();
  const { did } = useUndo();
  const name = list.trim().replaceAll(";", ",");
  const save = useGuarded(
    (confirm) => addToList(of, name, confirm),
    ({ done }) => {
      void queries.invalidateQueries();
      const n = done.change.records;
      const what = `${nameOf(of.entity, n)} added to ${name}`;
      did({ what, set: done.set ?? "" }, n === 0 ? `All of them are on ${name} already.` : `${what}. ${takesBack}`);
      onDone();
    },
  );
  const who = nameOf(of.entity, of.count);
  return (
    <>
      <Confirm
        opened
        title={`Add ${who} to a list`}
        action={`Add ${who}`}
        busy={save.busy}
        disabled={name === ""}
        error={save.error}
        onClose={onClose}
        onConfirm={save.run}
      >
        <Autocomplete
          label="List"
          placeholder="Choose one, or type a new name"
          data-autofocus
          data={listField(of.fields)?.options ?? []}
          value={list}
          onChange={setList}
        />
        <Text c="dimmed" size="xs">
          A list stands in the column Lists of each record, and is an audience{name && `, ${listAudience(name)}`}.
          Nobody enters or leaves it by itself.
        </Text>
      </Confirm>
      {save.ask({ title: "This would spend", action: "Add them and let them buy" })}
    </>
  );
}

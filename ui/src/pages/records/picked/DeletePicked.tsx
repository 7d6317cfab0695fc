import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { chosenQuery, useDeleteRecords } from "../../../api/queries/records";
import { Confirm } from "../../../ui/Confirm";
import { count } from "../../../ui/time";
import { takesBack, useUndo } from "../../../undo/Undo";
import { nameOf, type PickedOf } from "./PickedBar";

type Props = { of: PickedOf; onClose: () => void; onDone: () => void };

/** Asks by numbers before records are deleted. */
export function DeletePicked({ of, onClose, onDone }: Props) {
  const chosen = useQuery(chosenQuery(of.choice));
  const remove = useDeleteRecords();
  const { did } = useUndo();
  const n = chosen.data?.records ?? of.count;
  const who = nameOf(of.entity, n);
  // Said even if the page that showed them is gone by then, as they are.
  const confirm = async () => {
    try {
      const v = await remove.mutateAsync({ ...of.choice, confirm: true });
      const what = `${nameOf(of.entity, v.count)} deleted`;
      did({ what, set: v.set ?? "" }, v.set ? `${what}. ${takesBack}` : `${what}.`);
      onDone();
    } catch {
      // Shown in the question.
    }
  };
  return (
    <Confirm
      opened
      title={`Delete ${who}?`}
      action={`Delete ${who}`}
      danger
      busy={remove.isPending}
      disabled={!chosen.data || n === 0}
      error={remove.error ?? chosen.error}
      onClose={onClose}
      onConfirm={() => void confirm()}
    >
      {chosen.data && chosen.data.bought > 0 && (
        <Text>
          {count(chosen.data.bought, "value in them was bought", "values in them were bought")}. What was paid stays
          paid; whoever comes back is not bought again.
        </Text>
      )}
      <Text c="dimmed">Their history is kept: Undo brings them back as they were.</Text>
    </Confirm>
  );
}

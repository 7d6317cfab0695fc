import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { chosenQuery, useSuppressRecords } from "../../../api/queries/records";
import { Confirm } from "../../../ui/Confirm";
import { grouped } from "../../../ui/grouped";
import { takesBack, useUndo } from "../../../undo/Undo";
import { nameOf, type PickedOf } from "./PickedBar";

type Props = { of: PickedOf; off: boolean; onClose: () => void; onDone: () => void };

/** Asks before records are kept from being enriched, or let again. */
export function SuppressPicked({ of, off, onClose, onDone }: Props) {
  const chosen = useQuery(chosenQuery(of.choice));
  const suppress = useSuppressRecords();
  const { did } = useUndo();
  const all = chosen.data?.records ?? of.count;
  const already = chosen.data?.suppressed ?? 0;
  const n = off ? already : all - already;
  const who = nameOf(of.entity, n);
  // Said even if the page that showed them is gone by then.
  const confirm = async () => {
    try {
      const v = await suppress.mutateAsync({ ...of.choice, off });
      const now = off ? "may be enriched" : "kept from being enriched";
      const what = `${nameOf(of.entity, v.count)} ${now}`;
      did({ what, set: v.set ?? "" }, v.set ? `${what}. ${takesBack}` : `${what}.`);
      onDone();
    } catch {
      // Shown in the question.
    }
  };
  return (
    <Confirm
      opened
      title={off ? `Let ${who} be enriched?` : `Keep ${who} from being enriched?`}
      action={off ? `Let ${who} be enriched` : `Keep ${who} out`}
      busy={suppress.isPending}
      disabled={!chosen.data || n === 0}
      error={suppress.error ?? chosen.error}
      onClose={onClose}
      onConfirm={() => void confirm()}
    >
      <Text>
        {off
          ? `${grouped(all - already)} of the selected may be enriched already.`
          : "No enrichment asks for them any more; what they hold stays."}
        {!off && already > 0 && ` ${grouped(already)} of the selected are kept out already.`}
      </Text>
    </Confirm>
  );
}

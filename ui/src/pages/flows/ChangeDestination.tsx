import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Destination, destinationQuery, useSaveDestination } from "../../api/queries/flows";
import { Changed, differences, isChanged } from "../../ui/Changed";
import { Dialog } from "../../ui/Dialog";
import { useAudienceLabel } from "../../ui/labels";
import { DestinationForm } from "./DestinationForm";
import { bodyOf, type Draft, draftOf } from "./draft";
import { when } from "./TurnOn";

/** Changes what a destination sends. What somebody else has saved meanwhile is not written over unseen. */
export function ChangeDestination({ of, onClose }: { of: Destination; onClose: () => void }) {
  const save = useSaveDestination(of.name);
  const now = useQuery(destinationQuery(of.name));
  const audience = useAudienceLabel();
  const [began, setBegan] = useState(of);
  const [mine, setMine] = useState<Draft>();
  const submit = (d: Draft, tag = began.tag) => {
    setMine(d);
    save.mutate({ what: { ...bodyOf(d), label: d.label.trim() }, tag }, { onSuccess: onClose });
  };
  const theirs = now.data?.tag !== began.tag ? now.data : undefined;
  const changed = isChanged(save.error);
  return (
    <Dialog opened onClose={onClose} title={`Change ${of.label}`} size="xl">
      <DestinationForm
        key={began.tag}
        of={began}
        from={draftOf(began)}
        busy={save.isPending}
        error={changed ? null : save.error}
        onSubmit={(d) => submit(d)}
        onCancel={onClose}
      >
        <Changed
          error={save.error}
          differs={theirs && mine && compared(draftOf(theirs), mine, audience)}
          busy={save.isPending}
          reload={() => void now.refetch()}
          onKeep={() => mine && submit(mine, theirs?.tag)}
          onTake={() => {
            save.reset();
            if (theirs) setBegan(theirs);
          }}
        />
      </DestinationForm>
    </Dialog>
  );
}

function compared(theirs: Draft, mine: Draft, audience: (name: string) => string) {
  const [a, b] = [bodyOf(theirs), bodyOf(mine)];
  const places = [...new Set([...Object.keys(a.fields), ...Object.keys(b.fields)])];
  return differences([
    ["Name", theirs.label, mine.label.trim()],
    [
      "Address",
      theirs.kept ? "as in a document" : theirs.web.address,
      mine.kept ? "as in a document" : mine.web.address,
    ],
    ["Whose records", audience(a.audience), audience(b.audience)],
    ["When", when(a), when(b)],
    ["Its id", a.id, b.id],
    ...places.map((p): [string, string | undefined, string | undefined] => [p, a.fields[p], b.fields[p]]),
    ["Over what is there", a.write === "overwrite" ? "yes" : "no", b.write === "overwrite" ? "yes" : "no"],
  ]);
}

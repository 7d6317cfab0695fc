import { Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "../../api/keys";
import { type Channel, type ChannelBody, useChangeChannel } from "../../api/queries/channels";
import { Changed, differences, isChanged } from "../../ui/Changed";
import { ErrorNote } from "../../ui/ErrorNote";
import { ChannelForm } from "./ChannelForm";

/** Changes a channel. What somebody else has saved meanwhile is not written over unseen. */
export function ChangeChannel({ of, onDone }: { of: Channel; onDone: (now: Channel) => void }) {
  const [began, setBegan] = useState(of);
  const [mine, setMine] = useState<ChannelBody>();
  const change = useChangeChannel(of.name);
  const queries = useQueryClient();
  const submit = (body: ChannelBody, tag = began.etag) => {
    setMine(body);
    change.mutate({ change: body, tag }, { onSuccess: onDone });
  };
  return (
    <Stack gap="sm">
      <ChannelForm
        key={began.etag}
        of={began}
        action="Change it"
        busy={change.isPending}
        onSubmit={(body) => submit(body)}
      />
      {isChanged(change.error) ? (
        <Changed
          error={change.error}
          differs={mine && of.etag !== began.etag ? compared(of, mine) : undefined}
          busy={change.isPending}
          reload={() => void queries.invalidateQueries({ queryKey: keys.channels })}
          onKeep={() => mine && submit(mine, of.etag)}
          onTake={() => {
            change.reset();
            setBegan(of);
          }}
        />
      ) : (
        <ErrorNote error={change.error} />
      )}
    </Stack>
  );
}

/** What the one typed here would change of the one that stands. */
function compared(theirs: Channel, mine: ChannelBody) {
  const to = mine.slack ?? mine.webhook ?? mine.email?.join(", ");
  return differences([
    ["Channel", theirs.label, mine.label ?? theirs.label],
    ["Where to", theirs.target, to ?? theirs.target],
    ["Only on", theirs.events.join(", "), mine.events?.join(", ")],
    ["Only what belongs to", theirs.owner, mine.owner],
    ["Whose a record is", theirs.owner_field, mine.owner_field],
    ["Gathered for", theirs.every, mine.every ?? theirs.every],
  ]);
}

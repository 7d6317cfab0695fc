import { Button, Loader, Portal } from "@mantine/core";
import { useEffect, useState } from "react";
import type { ApiError } from "../api/client";
import { giveUp, useWaiting } from "../api/waiting";
import { sentence } from "../ui/words";
import classes from "./WaitingNote.module.css";

/** Says above everything, dialogs too, that changes wait for the server, and why. */
export function WaitingNote() {
  const waiting = useWaiting();
  const any = waiting.length > 0;
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!any) {
      setShown(false);
      return;
    }
    const t = setTimeout(() => setShown(true), 700);
    return () => clearTimeout(t);
  }, [any]);
  const why = waiting[0];
  if (!shown || !why) return null;
  return (
    <Portal>
      <div className={classes.note} role="status">
        <Loader size={14} />
        <span>
          <strong>
            {waiting.length === 1 ? "Your change waits." : `${waiting.length} changes wait.`} {wordsOf(why)}
          </strong>{" "}
          {waiting.length === 1 ? "It is" : "They are"} sent again until the server has answered; leave this page open.
        </span>
        <Button size="compact-xs" variant="default" flex="none" onClick={giveUp}>
          Give up
        </Button>
      </div>
    </Portal>
  );
}

function wordsOf(why: ApiError): string {
  if (why.details.repeat === "under_way") return "It is still being done.";
  return why.details.database ? `${sentence(why.message)} ${why.hint}` : why.message;
}

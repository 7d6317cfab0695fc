import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useConnection } from "../api/events";
import { creditsQuery } from "../api/queries/money";
import { useExpired } from "../api/session";
import classes from "./ConnectionBanner.module.css";

/** Says when the page no longer follows the server, and when spending is paused. */
export function ConnectionBanner() {
  const lost = useConnection() === "lost";
  const expired = useExpired(); // then someone is asked to sign in instead
  const [shown, setShown] = useState(false);
  const paused = useQuery(creditsQuery).data?.spending_paused;
  useEffect(() => {
    if (!lost || expired) {
      setShown(false);
      return;
    }
    const t = setTimeout(() => setShown(true), 1500);
    return () => clearTimeout(t);
  }, [lost, expired]);
  if (!shown && !paused) return null;
  return (
    <div className={classes.banner} role="status" data-kind={shown ? "lost" : "paused"}>
      {shown ? "Can’t reach the server. What you see may be out of date. Trying again…" : paused}
    </div>
  );
}

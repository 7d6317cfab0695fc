import { useEffect, useState } from "react";
import classes from "./Grid.module.css";

/** What takes longer than a second says what it is, and for how long it has been at it. */
export function Waiting({ for: what }: { for: string | null }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    setSeconds(0);
    if (what === null) return;
    const began = Date.now();
    const t = setInterval(() => setSeconds(Math.floor((Date.now() - began) / 1000)), 1000);
    return () => clearInterval(t);
  }, [what]);
  return (
    <div role="status" className={classes.waiting} hidden={what === null || seconds === 0}>
      {what !== null && seconds > 0 && `${what}… ${seconds} s`}
    </div>
  );
}

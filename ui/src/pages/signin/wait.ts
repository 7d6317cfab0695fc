import { useEffect, useState } from "react";
import { ApiError } from "../../api/client";

/** In how many seconds the next try is taken, as a refusal or a wrong password says it. */
export function waitOf(error: unknown): number {
  if (!(error instanceof ApiError)) return 0;
  const told = error.details.retry_after ?? error.details.wait;
  return typeof told === "number" && told > 0 ? Math.ceil(told) : 0;
}

/** How long that is as people say it: "8 seconds", "4 min 5 s". */
export function words(seconds: number): string {
  if (seconds >= 7200) return `${Math.ceil(seconds / 3600)} hours`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return seconds === 1 ? "1 second" : `${seconds} seconds`;
}

/** Counts down what an error says to wait; 0 once it is over, and without one. */
export function useWait(error: unknown): number {
  const [now, setNow] = useState(Date.now);
  const [told, setTold] = useState<{ error: unknown; until: number }>({ error: null, until: 0 });
  if (told.error !== error) {
    const began = Date.now();
    setNow(began);
    setTold({ error, until: began + waitOf(error) * 1000 });
  }
  const left = Math.max(0, Math.ceil((told.until - now) / 1000));
  const waits = left > 0;
  useEffect(() => {
    if (!waits) return;
    const t = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(t);
  }, [waits]);
  return left;
}

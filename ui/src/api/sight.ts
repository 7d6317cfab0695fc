// A browser opens six connections to one server, and each page that follows
// holds one of them. Pages out of sight let go, or the seventh could not load.

/** How long a page out of sight goes on following, in milliseconds. */
const grace = 5_000;

const hidden = () => document.visibilityState === "hidden";

/** Resolves once the page is in sight, or will not be waited for any more. */
export function inSight(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (!hidden() || signal.aborted) return done();
    const seen = new AbortController();
    const look = () => {
      if (hidden() && !signal.aborted) return;
      seen.abort();
      done();
    };
    document.addEventListener("visibilitychange", look, seen);
    signal.addEventListener("abort", look, seen);
  });
}

/** Ends a stream once the page has been out of sight for a while; gives what ends the watch. */
export function letGo(stream: AbortController): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (hidden()) timer = setTimeout(() => stream.abort(), grace);
  };
  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

import { pauseFor } from "./waiting";

/** How long until a page's code is fetched again, in milliseconds. */
const every = 1_500;

/**
 * Fetches the code of a page, and while the server does not answer, again: the
 * router would load the whole app anew, and what was typed would be lost with
 * it. A server that answers and does not have the code is of another version:
 * then loading anew is right.
 */
export const code =
  <T>(fetchCode: () => Promise<T>, answers: () => Promise<boolean> = serverAnswers) =>
  async (): Promise<T> => {
    for (;;) {
      try {
        return await fetchCode();
      } catch {
        if (await answers()) return fetchCode();
        await pauseFor(every);
      }
    }
  };

const serverAnswers = () =>
  fetch("/healthz", { cache: "no-store" }).then(
    (r) => r.ok,
    () => false,
  );

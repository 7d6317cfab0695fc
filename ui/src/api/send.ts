import { ApiError, type Problem, Unreachable } from "./problem";
import { actor, isExpired, noteAnswer, whenSignedIn } from "./session";
import { hold, pauseFor, release, ticket } from "./waiting";

/** Makes a request; a change carries the key, under which the server does it once. */
export type Make = (key?: string) => Request;

let cut = new AbortController();

/** Gives up every request under way: the connection does not carry any more. */
export function sever() {
  const old = cut;
  cut = new AbortController();
  old.abort();
}

/** Sends a request as it is. */
export async function once(request: Request): Promise<Response> {
  const asked = performance.now();
  const severed = cut.signal;
  let response: Response;
  try {
    response = await fetch(request, { signal: AbortSignal.any([request.signal, severed]) });
  } catch (err) {
    if (request.signal.aborted && !severed.aborted) throw err;
    throw new Unreachable();
  }
  noteAnswer(request.url, response.status, asked);
  return response;
}

/** The first and the longest pause between two sendings, in milliseconds. */
const pause = { first: 400, most: 4_000 };

/**
 * How long what spends waits, in milliseconds: a price that was accepted is not
 * paid an hour later. Other changes wait for as long as the page is open.
 */
const spendsFor = 120_000;

/** The keys of changes that were given up: the same change once more is the same. */
const unanswered = new Map<string, string>();

/**
 * Sends a change until it is answered. `same` names what is asked; `safe` says
 * that doing it twice is doing it once.
 */
export async function surely(make: Make, same: string, { spends = false, safe = false } = {}): Promise<Response> {
  const id = ticket();
  const begun = performance.now();
  const who = actor();
  let key = unanswered.get(same) ?? crypto.randomUUID();
  unanswered.delete(same);
  try {
    for (let sent = 1; ; sent++) {
      const got = await look(once(make(key)));
      if (got.answer) return sent > 1 && safe && got.repeatsDelete ? new Response(null, { status: 204 }) : got.answer;
      if (got.why.details.repeat === "interrupted") key = crypto.randomUUID();
      else if (!(await again(id, got.why, sent, spends ? begun + spendsFor : Number.POSITIVE_INFINITY, who))) {
        unanswered.set(same, key);
        throw got.why;
      }
    }
  } finally {
    release(id);
  }

  /** What came: an answer for whoever asked, or why to send it again. */
  async function look(sending: Promise<Response>): Promise<Got> {
    try {
      const response = await sending;
      const why = await whyAgain(response, safe);
      return why ? { why } : { answer: response, repeatsDelete: response.status === 404 && make().method === "DELETE" };
    } catch (err) {
      if (err instanceof Unreachable) return { why: err };
      throw err;
    }
  }
}

type Got = { answer: Response; repeatsDelete: boolean; why?: never } | { answer?: never; why: ApiError };

/** Waits until it makes sense to send it again; `false` if it does not any more. */
async function again(id: number, why: ApiError, sent: number, until: number, who: string): Promise<boolean> {
  if (why.status === 401) {
    await signedInAs(who);
    return true;
  }
  const left = until - performance.now();
  if (left <= 0) return false;
  return hold(id, why, Math.min(left, pause.most, pause.first * 2 ** (sent - 1)));
}

/** Waits for someone to sign in; what one has begun is not done as another. */
async function signedInAs(who: string) {
  for (;;) {
    if (isExpired()) await whenSignedIn();
    const status = new URL("/api/v1/status", globalThis.location?.href ?? "http://localhost");
    const answer = await once(new Request(status, { headers: credentials() })).catch(() => null);
    if (answer?.ok) {
      const now = ((await answer.json()) as { actor: string }).actor;
      if (who === "" || who === now) return;
      const detail = `You have signed in as ${now}: what ${who} had begun was not done.`;
      throw new ApiError({ detail, code: "unauthorized", hint: "Do it again if you want it." }, 401);
    }
    await pauseFor(pause.most);
  }
}

/** Why a change is sent again, or null if the answer is one. */
async function whyAgain(response: Response, safe: boolean): Promise<ApiError | null> {
  if (![401, 409, 502, 503, 504].includes(response.status)) return null;
  const problem: Partial<Problem> | null = await response
    .clone()
    .json()
    .catch(() => null);
  if (!problem?.code) return response.status >= 502 ? new Unreachable(response.status) : null;
  const err = new ApiError(problem, response.status);
  const repeat = err.details.repeat;
  const passing =
    response.status === 401 ||
    err.details.database !== undefined ||
    repeat === "under_way" ||
    (repeat === "interrupted" && safe);
  return passing ? err : null;
}

const TOKEN = "fettle.token";

/** The token of a server that is not on this machine; kept for this tab only. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN) ?? "",
  set: (value: string) => sessionStorage.setItem(TOKEN, value),
  clear: () => sessionStorage.removeItem(TOKEN),
};

/** What says who asks, where it is not the browser's cookie. */
export const credentials = (): Record<string, string> =>
  token.get() ? { Authorization: `Bearer ${token.get()}` } : {};

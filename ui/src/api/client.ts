import createClient from "openapi-fetch";
import { ApiError, type Problem } from "./problem";
import type { components, paths } from "./schema";
import { credentials, once, surely } from "./send";

export { ApiError, type Problem, Unreachable } from "./problem";
export { token } from "./send";

/** The shapes of the API, by their names in api/openapi.json. */
export type Schemas = components["schemas"];
export type Entity = "people" | "companies";

/** What is no change although it is no GET, and what must not be sent again by itself. */
const plain = /\/(estimate|check|chosen|plan|test|password|sign-(in|out)(\/.*)?)$/;
/** What spends, or lets spend. */
const spending = /\/(start|resume|pilot|retry|rerun|enrichments\/[^/]+\/records|limits?|grants|unknown\/resolve)$/;
/** What is done once however often it is done, beside all that is no POST. */
const repeatable = /\/(imports|undo|read|pause|reset|delete|suppress|edit|set)$/;

/** How a request is sent: a change waits until it is answered. */
export function manner(method: string, path: string) {
  const spends = spending.test(path);
  return {
    changes: method !== "GET" && !plain.test(path),
    spends,
    safe: !spends && (method !== "POST" || repeatable.test(path)),
  };
}

async function send(request: Request): Promise<Response> {
  const make = (key?: string) => {
    const again = request.clone();
    for (const [name, value] of Object.entries(credentials())) again.headers.set(name, value);
    if (key) again.headers.set("Idempotency-Key", key);
    return again;
  };
  const how = manner(request.method, new URL(request.url).pathname);
  if (!how.changes) return once(make());
  return surely(make, `${request.method} ${request.url} ${await request.clone().text()}`, how);
}

export const client = createClient<paths>({ baseUrl: "", headers: { Accept: "application/json" }, fetch: send });

/** Turns a refused request into an ApiError, and gives the body otherwise. */
export async function body<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new ApiError((error ?? {}) as Partial<Problem>, response.status);
  return data as T;
}

/** The same of what people edit: with the tag by which a later change by someone else is noticed. */
export async function tagged<T extends object>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T & { tag?: string }> {
  const got = await body(answer);
  return { ...got, tag: (await answer).response.headers.get("ETag") ?? undefined };
}

/** Has a change refused where the thing is not as the tag says. */
export const ifMatch = (tag: string | undefined) => (tag ? { header: { "If-Match": tag } } : {});

/** For what openapi-fetch cannot read: downloads, streams. */
export async function raw(path: string, init: RequestInit = {}): Promise<Response> {
  return accepted(await once(new Request(path, { ...init, headers: { ...init.headers, ...credentials() } })));
}

/** Sends a file. As a change it begins anew until it has arrived and was answered. */
export async function upload(path: string, file: File, change: boolean, signal?: AbortSignal): Promise<Response> {
  const make = (key?: string) =>
    new Request(path, {
      method: "POST",
      headers: {
        "Content-Type": "application/octet-stream",
        ...credentials(),
        ...(key ? { "Idempotency-Key": key } : {}),
      },
      body: file,
      signal,
    });
  const same = `POST ${path} ${file.size} ${file.lastModified}`;
  return accepted(await (change ? surely(make, same, { safe: true }) : once(make())));
}

async function accepted(response: Response): Promise<Response> {
  if (!response.ok) throw new ApiError(await response.json().catch(() => ({})), response.status);
  return response;
}

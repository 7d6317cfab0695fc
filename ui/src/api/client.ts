import createClient from "openapi-fetch";
import type { components, paths } from "./schema";
import { noteAnswer } from "./session";

/** The shapes of the API, by their names in api/openapi.json. */
export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
export type Entity = "people" | "companies";

const TOKEN = "fettle.token";

/** The token of a server that is not on this machine; kept for this tab only. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN) ?? "",
  set: (value: string) => sessionStorage.setItem(TOKEN, value),
  clear: () => sessionStorage.removeItem(TOKEN),
};

/** What the server refused, with what to do next. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  readonly details: Record<string, unknown>;
  readonly requestId: string;

  constructor(problem: Partial<Problem>, status: number) {
    super(problem.detail || problem.title || `The server answered ${status}.`);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code ?? "internal";
    this.hint = problem.hint ?? "";
    this.details = (problem.details as Record<string, unknown>) ?? {};
    this.requestId = problem.request_id ?? "";
  }
}

/** Thrown when no answer came at all. */
export class Unreachable extends ApiError {
  constructor() {
    super(
      {
        detail: "The server does not answer.",
        code: "unavailable",
        hint: "It is asked again; nothing you typed is lost.",
      },
      0,
    );
  }
}

export const client = createClient<paths>({
  baseUrl: "",
  headers: { Accept: "application/json" },
  fetch: async (request: Request) => {
    if (token.get()) request.headers.set("Authorization", `Bearer ${token.get()}`);
    const asked = performance.now();
    try {
      const response = await fetch(request);
      noteAnswer(request.url, response.status, asked);
      return response;
    } catch (err) {
      if (err instanceof DOMException && err.name === "AbortError") throw err;
      throw new Unreachable();
    }
  },
});

/** Turns a refused request into an ApiError, and gives the body otherwise. */
export async function body<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new ApiError((error ?? {}) as Partial<Problem>, response.status);
  return data as T;
}

/** For what openapi-fetch cannot send or read: uploads, downloads, streams. */
export async function raw(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token.get()) headers.set("Authorization", `Bearer ${token.get()}`);
  let response: Response;
  const asked = performance.now();
  try {
    response = await fetch(path, { ...init, headers });
  } catch (err) {
    if (err instanceof DOMException && err.name === "AbortError") throw err;
    throw new Unreachable();
  }
  noteAnswer(path, response.status, asked);
  if (!response.ok) throw new ApiError(await response.json().catch(() => ({})), response.status);
  return response;
}

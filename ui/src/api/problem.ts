import { spoken } from "../ui/words";
import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];

/** What the server refused, with what to do next. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  readonly details: Record<string, unknown>;
  readonly requestId: string;

  constructor(problem: Partial<Problem>, status: number) {
    super(spoken(problem.detail || problem.title || `The server answered ${status}.`));
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code ?? "internal";
    this.hint = spoken(problem.hint ?? "");
    this.details = (problem.details as Record<string, unknown>) ?? {};
    this.requestId = problem.request_id ?? "";
  }

  /** Whether asking again may help: nobody there, or the server cannot just now. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

/** Thrown when no answer came at all, or one of a proxy that reached nobody. */
export class Unreachable extends ApiError {
  constructor(status = 0) {
    super(
      {
        detail: "The server does not answer.",
        code: "unavailable",
        hint: "It is asked again; nothing you typed is lost.",
      },
      status,
    );
  }
}

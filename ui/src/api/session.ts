import { useSyncExternalStore } from "react";
import { wake } from "./waiting";

// Whether the server has said that nobody is signed in here any more. The page
// stays as it is meanwhile, with what was typed, and asks to sign in above it.

let expired = false;
let renewedAt = 0;
let who = "";
const watchers = new Set<() => void>();

function say(next: boolean) {
  if (expired === next) return;
  expired = next;
  for (const w of watchers) w();
}

/**
 * Looks at every answer. Only a refusal of who asks ends a session, and only if
 * it was asked since the last signing in; any other answer shows that there is
 * one: another tab may have signed in.
 */
export function noteAnswer(path: string, status: number, askedAt: number) {
  if (isSignIn(path) || askedAt < renewedAt) return;
  if (status === 401) say(true);
  else if (status < 400) say(false);
}

/** Called once someone has signed in. */
export function renewed(at = performance.now()) {
  renewedAt = at;
  wake();
  say(false);
}

/** Who the server says it is that uses this page; "" until it has said. */
export const actor = () => who;

export function noteActor(name: string) {
  who = name;
}

/** Resolves once someone is signed in again, here or in another tab. */
export function whenSignedIn(): Promise<void> {
  return new Promise((done) => {
    const stop = watch(() => {
      if (expired) return;
      stop();
      done();
    });
    if (!expired) {
      stop();
      done();
    }
  });
}

/** Signing in is refused with 401 too, which says nothing of the session. */
const isSignIn = (path: string) => /^\/api\/v1\/sign-in(\/|$)/.test(new URL(path, "http://x").pathname);

function watch(w: () => void) {
  watchers.add(w);
  return () => watchers.delete(w);
}

/** Whether whoever uses this page has to sign in again. */
export const useExpired = () => useSyncExternalStore(watch, isExpired);

export const isExpired = () => expired;

import { useSyncExternalStore } from "react";

// Whether the server has said that nobody is signed in here any more. The page
// stays as it is meanwhile, with what was typed, and asks to sign in above it.

let expired = false;
const watchers = new Set<() => void>();

function say(next: boolean) {
  if (expired === next) return;
  expired = next;
  for (const w of watchers) w();
}

/** Looks at every answer: only a refusal of who asks ends a session. */
export function noteAnswer(path: string, status: number) {
  if (status === 401 && !isSignIn(path)) say(true);
}

/** Called once someone has signed in. */
export const renewed = () => say(false);

/** Signing in is refused with 401 too, which says nothing of the session. */
const isSignIn = (path: string) => /^\/api\/v1\/sign-in(\/|$)/.test(new URL(path, "http://x").pathname);

function watch(w: () => void) {
  watchers.add(w);
  return () => watchers.delete(w);
}

/** Whether whoever uses this page has to sign in again. */
export const useExpired = () => useSyncExternalStore(watch, isExpired);

export const isExpired = () => expired;

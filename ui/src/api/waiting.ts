import { useSyncExternalStore } from "react";
import type { ApiError } from "./problem";

// The changes that were sent and not answered: while the server does not
// answer, or asks who it is, they wait here and are sent again. The page says
// so, and whoever made them can give them up: their forms still hold the text.

type Held = { why: ApiError; giveUp: () => void };

const held = new Map<number, Held>();
const watchers = new Set<() => void>();
const wakers = new Set<() => void>();
let next = 0;
let shown: readonly ApiError[] = [];

function changed() {
  shown = [...held.values()].map((h) => h.why);
  for (const w of watchers) w();
}

/** Called when the server may answer again: what waits is sent at once. */
export function wake() {
  for (const w of [...wakers]) w();
}

/** Resolves at the next waking, or after `ms`. */
export function pauseFor(ms: number): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      wakers.delete(end);
      done();
    };
    const timer = setTimeout(end, ms);
    wakers.add(end);
  });
}

/** Waits for that, for `ms` at most; `false` once the change was given up. */
export function hold(id: number, why: ApiError, ms: number): Promise<boolean> {
  return new Promise((done) => {
    const end = (again: boolean) => {
      clearTimeout(timer);
      wakers.delete(wakeUp);
      if (!again) release(id);
      done(again);
    };
    const wakeUp = () => end(true);
    const timer = setTimeout(wakeUp, ms);
    wakers.add(wakeUp);
    held.set(id, { why, giveUp: () => end(false) });
    changed();
  });
}

/** A number for one change, for as long as it waits. */
export const ticket = () => ++next;

/** Called when a change was answered, or is no longer sent. */
export function release(id: number) {
  if (held.delete(id)) changed();
}

export function giveUp() {
  for (const h of [...held.values()]) h.giveUp();
}

/** Why each change waits. */
export const waiting = () => shown;

export const useWaiting = () =>
  useSyncExternalStore((w) => {
    watchers.add(w);
    return () => watchers.delete(w);
  }, waiting);

import type { QueryClient } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { raw, type Schemas } from "./client";
import { keys } from "./keys";
import { once, sever } from "./send";
import { inSight, letGo } from "./sight";
import { pauseFor, waiting, wake } from "./waiting";

type Event = Schemas["Event"];

/** What each kind of event makes old. The server only says: look again. */
const touched: Record<string, readonly (readonly string[])[]> = {
  enrichment: [
    keys.enrichments,
    keys.enrichment,
    keys.reasons,
    keys.why,
    keys.due,
    keys.progress,
    keys.credits,
    keys.hub,
    keys.records,
    keys.record,
    keys.unknowns,
    keys.undo,
  ],
  records: [
    keys.records,
    keys.record,
    keys.fields,
    keys.hub,
    keys.audience,
    keys.audiences,
    keys.signals,
    keys.signalRules,
    keys.undo,
  ],
  audience: [keys.audiences, keys.audience, keys.hub],
  import: [
    keys.flows,
    keys.imports,
    keys.records,
    keys.record,
    keys.hub,
    keys.audience,
    keys.duplicates,
    keys.signals,
    keys.signalRules,
    keys.undo,
  ],
  duplicates: [keys.duplicates, keys.undo],
  undo: [keys.undo, keys.records, keys.record, keys.imports, keys.signals, keys.signalRules],
  signal: [keys.signals, keys.signalRules, keys.records, keys.record, keys.audience, keys.audiences],
  notification: [keys.notifications],
  channel: [keys.channels, keys.deliveries, keys.flows],
  destination: [keys.flows],
  view: [keys.views],
  provider: [keys.providers, keys.estimate],
  source: [keys.flows],
  credits: [keys.credits, keys.unknowns, keys.estimate],
  request: [keys.requests, keys.notifications, keys.credits],
  limit: [keys.credits],
  workspace: [keys.status],
};

/** What reads every record or row follows more slowly than the rest. */
const patience: Record<string, number> = {
  hub: 3000,
  reasons: 3000,
  why: 3000,
  due: 5000,
  progress: 1500,
  records: 1500,
  record: 1000,
  audience: 2000,
  signals: 1500,
  "signal-rules": 1500,
  credits: 1000,
  undo: 1500,
};

export type Connection = "connecting" | "live" | "lost";

let connection: Connection = "connecting";
const watchers = new Set<() => void>();

function say(next: Connection) {
  if (connection === next) return;
  connection = next;
  for (const w of watchers) w();
}

/** Whether what is on screen follows the server. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (w) => {
      watchers.add(w);
      return () => watchers.delete(w);
    },
    () => connection,
  );
}

/** Follows the server for as long as the app is open. */
export function useEvents() {
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    const later = new Refresher(queries);
    void follow(queries, later, stop.signal);
    const doubt = () => void probe();
    window.addEventListener("online", wake, stop);
    window.addEventListener("offline", doubt, stop);
    window.addEventListener("beforeunload", warn, stop);
    return () => {
      stop.abort();
      later.stop();
    };
  }, [queries]);
}

/** A change that waits is lost with the page. */
function warn(e: BeforeUnloadEvent) {
  if (waiting().length > 0) e.preventDefault();
}

/** How long nothing may come, in milliseconds: four heartbeats of the server. */
const silence = 20_000;

/** Without a network a server on this machine still answers; another does not. */
async function probe() {
  const limit = AbortSignal.timeout(3_000);
  const ok = await once(new Request("/healthz", { signal: limit })).then(
    (r) => r.ok,
    () => false,
  );
  if (!ok) sever();
}

async function follow(queries: QueryClient, later: Refresher, signal: AbortSignal) {
  let missed = false;
  for (let failures = 0; !signal.aborted; failures++) {
    await inSight(signal);
    const stream = new AbortController();
    const watched = letGo(stream);
    const until = AbortSignal.any([signal, stream.signal]);
    try {
      const response = await patiently(
        raw("/api/v1/events", { headers: { Accept: "text/event-stream" }, signal: until }),
      );
      if (missed) void queries.invalidateQueries();
      else later.all(); // what was read before may have changed before it was followed
      missed = false;
      say("live");
      wake();
      failures = 0;
      await read(response, (event) => later.touch(event));
    } catch {
      // A dropped stream is opened again below.
    } finally {
      watched();
    }
    if (signal.aborted) return;
    missed = true;
    if (stream.signal.aborted) continue; // followed again as soon as it is seen
    say("lost");
    await pauseFor(Math.min(5_000, 500 * 2 ** failures));
  }
}

/** Severs the connection if what should come does not: it may be half open. */
async function patiently<T>(coming: Promise<T>): Promise<T> {
  const timer = setTimeout(sever, silence);
  try {
    return await coming;
  } finally {
    clearTimeout(timer);
  }
}

async function read(response: Response, on: (event: Event) => void) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = "";
  for (;;) {
    const { done, value } = await patiently(reader.read());
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const data = part.split("\n").find((line) => line.startsWith("data: "));
      if (data) on(JSON.parse(data.slice(6)) as Event);
    }
  }
}

/** Gathers events, so that a run of a thousand rows asks a few times, not a thousand. */
class Refresher {
  private readonly queries: QueryClient;
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(queries: QueryClient) {
    this.queries = queries;
  }

  /** Everything that any event makes old. */
  all() {
    for (const kind of Object.keys(touched)) this.touch({ kind });
  }

  touch(event: Pick<Event, "kind">) {
    for (const queryKey of touched[event.kind] ?? []) {
      const id = queryKey[0] as string;
      if (this.timers.has(id)) continue;
      const run = () => {
        // A read under way may have begun before the change: it goes on, and is followed by another.
        const again = this.queries.isFetching({ queryKey }) > 0;
        void this.queries.invalidateQueries({ queryKey }, { cancelRefetch: false });
        if (again) this.timers.set(id, setTimeout(run, patience[id] ?? 400));
        else this.timers.delete(id);
      };
      this.timers.set(id, setTimeout(run, patience[id] ?? 400));
    }
  }

  stop() {
    for (const t of this.timers.values()) clearTimeout(t);
  }
}

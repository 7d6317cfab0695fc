import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, lazy, type ReactNode, Suspense, useContext, useEffect, useMemo, useRef, useState } from "react";
import { ApiError, body, client } from "../api/client";
import { code } from "../api/code";
import { command } from "../ui/command";
import { grouped } from "../ui/grouped";
import { type QuietSpend, quietSpendOf } from "../ui/quietSpend";
import { did, didAgain, dropped, keptSteps, type Step, tookBack } from "./steps";

type Undo = {
  /** Keeps what was done, and says it, with the way back; without a set there is none. */
  did: (step: Step, message: string) => void;
};

const Context = createContext<Undo>({ did: () => {} });

/** What a page tells of its changes, so that they can be taken back from anywhere. */
export const useUndo = () => useContext(Context);

const AskSpend = lazy(code(() => import("./AskSpend")));

type Asked = { spend: QuietSpend[]; answer: (go: boolean) => void };

/** ⌘Z on every page, and notes with a way back that outlive the page that did it. */
export function UndoProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const steps = useMemo(() => keptSteps(), []);
  const busy = useRef(false);
  const [asked, setAsked] = useState<Asked | null>(null);

  const take = async (step: Step, again: boolean) => {
    if (busy.current) return;
    busy.current = true;
    try {
      const undo = await takeBack(step.set, (spend) => new Promise((answer) => setAsked({ spend, answer })));
      if (!undo) return;
      steps.change((s) => (again ? didAgain : tookBack)(s, step, undo.id ?? ""));
      notifications.hide(`undo ${step.set}`); // its own offer to undo it
      void queries.invalidateQueries();
      notifications.show({
        message: `${again ? "Done again" : "Taken back"}: ${quoted(step.what)}.${leftWords(undo.left_count)}`,
        autoClose: 3500,
      });
    } catch (err) {
      const { message, hint, code } = err as ApiError;
      if (code === "refused" || code === "not_found") steps.change((s) => dropped(s, step));
      notifications.show({ color: "red", title: "Not taken back", message: hint ? `${message} ${hint}` : message });
    } finally {
      setAsked(null);
      busy.current = false;
    }
  };

  const last = (again: boolean) => {
    const { done, undone } = steps.read();
    const step = (again ? undone : done).at(-1);
    if (step) void take(step, again);
    else
      notifications.show({
        id: "no-step",
        message: again ? "Nothing was taken back." : "There is no change of yours to take back.",
        autoClose: 1800,
      });
  };
  useKeys(last);

  const latest = useRef(take);
  latest.current = take;
  const note = useRef("");
  const value = useMemo<Undo>(
    () => ({
      did: (step, message) => {
        if (step.set === "") {
          notifications.show({ message });
          return;
        }
        steps.change((s) => did(s, step));
        const id = `undo ${step.set}`;
        notifications.hide(note.current); // one at a time: typing cell after cell piles nothing up
        note.current = id;
        notifications.show({
          id,
          autoClose: 12_000,
          message: (
            <Group justify="space-between" wrap="nowrap" gap="sm">
              <span>{message}</span>
              <Button
                variant="subtle"
                aria-label={`Undo: ${step.what}`}
                onClick={() => {
                  notifications.hide(id);
                  void latest.current(step, false);
                }}
              >
                Undo
              </Button>
            </Group>
          ),
        });
      },
    }),
    [steps],
  );
  return (
    <Context.Provider value={value}>
      {children}
      {asked && (
        <Suspense>
          <AskSpend {...asked} />
        </Suspense>
      )}
    </Context.Provider>
  );
}

/** Takes a change set back. What it would spend is asked about first; null where the answer was no. */
async function takeBack(id: string, ask: (spend: QuietSpend[]) => Promise<boolean>) {
  const post = (confirm: boolean) =>
    body(client.POST("/api/v1/undo/{id}", { params: { path: { id } }, body: { confirm } }));
  try {
    return await post(false);
  } catch (err) {
    if (!(err instanceof ApiError) || err.code !== "confirm") throw err;
    const spend = quietSpendOf(err);
    if (spend && spend.length > 0 && !(await ask(spend))) return null;
    return post(true);
  }
}

/** What was done as a name of the step: "Taken back: Title cleared" would read as if it were cleared now. */
const quoted = (what: string) => `“${what}”`;

/** How many things were left as they are. */
const leftWords = (n: number) =>
  n === 0 ? "" : ` ${n === 1 ? "One thing was" : `${grouped(n)} things were`} left as someone changed them since.`;

/** Where a text is being typed, its own undo is meant; behind a question, none. */
const own = (at: EventTarget | null) =>
  at instanceof HTMLElement &&
  at.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], [role=dialog]") !==
    null;

function useKeys(last: (again: boolean) => void) {
  const latest = useRef(last);
  latest.current = last;
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (!(e.metaKey || e.ctrlKey) || e.altKey || e.defaultPrevented || own(e.target)) return;
      const key = e.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      e.preventDefault();
      latest.current(key === "y" || e.shiftKey);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

/** How a change is taken back, for the end of a sentence that says what was done. */
export const takesBack = `${command}Z takes it back.`;

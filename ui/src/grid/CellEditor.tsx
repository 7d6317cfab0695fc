import { useEffect, useId, useRef, useState } from "react";
import { ApiError } from "../api/client";
import classes from "./Grid.module.css";

type Props = {
  label: string;
  initial: string;
  /** Values to choose from; others can be typed as well. */
  options?: string[];
  /** What is typed, for whoever draws the editor anew elsewhere. */
  onType: (text: string) => void;
  /** Saves; a refusal is shown and the text stays. */
  save: (text: string) => Promise<unknown>;
  /** After saving or leaving: where to go on. */
  done: (next: "down" | "right" | "stay") => void;
};

export function CellEditor({ label, initial, options, onType, save, done }: Props) {
  const list = useId();
  const [text, setText] = useState(initial);
  const [fault, setFault] = useState<Error | null>(null);
  const [saving, setSaving] = useState(false);
  const busy = useRef(false); // at once: leaving the cell saves it too
  const input = useRef<HTMLInputElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caret is put at the end once
  useEffect(() => {
    input.current?.focus();
    input.current?.setSelectionRange(initial.length, initial.length);
  }, []);

  const commit = async (next: "down" | "right" | "stay") => {
    if (busy.current) return;
    busy.current = true;
    setSaving(true);
    try {
      await save(text);
      done(next);
    } catch (err) {
      setFault(err as Error);
      input.current?.focus();
    } finally {
      busy.current = false;
      setSaving(false);
    }
  };

  return (
    <>
      <input
        ref={input}
        aria-label={label}
        list={options?.length ? list : undefined}
        aria-invalid={fault !== null}
        aria-busy={saving}
        readOnly={saving}
        value={text}
        onChange={(e) => {
          setText(e.currentTarget.value);
          onType(e.currentTarget.value);
          setFault(null);
        }}
        onKeyDown={(e) => {
          e.stopPropagation();
          if (e.key === "Enter") void commit("down");
          if (e.key === "Tab") {
            e.preventDefault();
            void commit("right");
          }
          if (e.key === "Escape" && !saving) done("stay");
        }}
        onBlur={() => {
          if (!fault) void commit("stay");
        }}
      />
      {options && options.length > 0 && (
        <datalist id={list}>
          {options.map((o) => (
            <option key={o} value={o} />
          ))}
        </datalist>
      )}
      {fault && (
        <span className={classes.fault} role="alert">
          {fault.message} {fault instanceof ApiError ? fault.hint : ""}
        </span>
      )}
    </>
  );
}

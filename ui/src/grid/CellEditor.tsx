import { useEffect, useRef, useState } from "react";
import { ApiError } from "../api/client";
import classes from "./Grid.module.css";

type Props = {
  label: string;
  initial: string;
  /** Saves; a refusal is shown and the text stays. */
  save: (text: string) => Promise<unknown>;
  /** After saving or leaving: where to go on. */
  done: (next: "down" | "right" | "stay") => void;
};

export function CellEditor({ label, initial, save, done }: Props) {
  const [text, setText] = useState(initial);
  const [fault, setFault] = useState<Error | null>(null);
  const saving = useRef(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.setSelectionRange(initial.length, initial.length);
  }, [initial]);

  const commit = async (next: "down" | "right" | "stay") => {
    if (saving.current) return;
    saving.current = true;
    try {
      await save(text);
      done(next);
    } catch (err) {
      setFault(err as Error);
      input.current?.focus();
    } finally {
      saving.current = false;
    }
  };

  return (
    <>
      <input
        ref={input}
        aria-label={label}
        aria-invalid={fault !== null}
        value={text}
        onChange={(e) => {
          setText(e.currentTarget.value);
          setFault(null);
        }}
        onKeyDown={(e) => {
          e.stopPropagation();
          if (e.key === "Enter") void commit("down");
          if (e.key === "Tab") {
            e.preventDefault();
            void commit("right");
          }
          if (e.key === "Escape") done("stay");
        }}
        onBlur={() => {
          if (!fault) void commit("stay");
        }}
      />
      {fault && (
        <span className={classes.fault} role="alert">
          {fault.message} {fault instanceof ApiError ? fault.hint : ""}
        </span>
      )}
    </>
  );
}

import { Textarea } from "@mantine/core";
import { type KeyboardEvent, useRef, useState } from "react";
import { ApiError } from "../../../api/client";
import classes from "./CelEditor.module.css";
import { caretIn, type Suggestion, suggest } from "./complete";
import type { Readable } from "./tree";

type Props = {
  value: string;
  onChange: (text: string) => void;
  readables: Readable[];
  error?: unknown;
  readOnly?: boolean;
  label?: string;
  description?: string;
  minRows?: number;
};

const example = 'CEL, as in: title.contains("engineer") && company.location == "Berlin"';

/** The expression as text: completes fields as they are typed, and points at what is wrong. */
export function CelEditor({
  value,
  onChange,
  readables,
  error,
  readOnly,
  label = "Expression",
  description = example,
  minRows = 3,
}: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [found, setFound] = useState<Suggestion[]>([]);
  const [at, setAt] = useState(0);
  const look = () => {
    const el = area.current;
    setFound(el && el.selectionStart === el.selectionEnd ? suggest(el.value, el.selectionStart, readables) : []);
    setAt(0);
  };
  const insert = (s: Suggestion | undefined) => {
    const el = area.current;
    if (!s || !el) return;
    const from = el.selectionStart - s.back;
    onChange(value.slice(0, from) + s.insert + value.slice(el.selectionStart));
    setFound([]);
    const caret = from + caretIn(s.insert);
    requestAnimationFrame(() => {
      el.focus();
      el.setSelectionRange(caret, caret);
    });
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (found.length === 0) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) {
      e.preventDefault();
      setAt((i) => (i + step + found.length) % found.length);
    } else if (e.key === "Tab" || e.key === "Enter") {
      e.preventDefault();
      insert(found[at]);
    } else if (e.key === "Escape") {
      e.stopPropagation();
      setFound([]);
    }
  };
  return (
    <div className={classes.box}>
      <Textarea
        ref={area}
        label={label}
        description={description}
        minRows={minRows}
        spellCheck={false}
        autoCapitalize="off"
        readOnly={readOnly}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls="cel-suggestions"
        aria-activedescendant={found.length > 0 ? `cel-suggestion-${at}` : undefined}
        aria-invalid={!!error}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12.5 } }}
        value={value}
        onChange={(e) => {
          onChange(e.currentTarget.value);
          requestAnimationFrame(look);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setTimeout(() => setFound([]), 120)}
      />
      <div
        className={classes.list}
        id="cel-suggestions"
        role="listbox"
        aria-label="Suggestions"
        style={{ display: found.length === 0 ? "none" : undefined }}
      >
        {found.map((s, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the text above has the keys
          <div
            key={s.label}
            id={`cel-suggestion-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === at}
            className={classes.item}
            onMouseDown={(e) => e.preventDefault()}
            onClick={() => insert(s)}
          >
            <span>{s.label}</span>
            <span>{s.note}</span>
          </div>
        ))}
      </div>
      <Fault text={value} error={error} />
    </div>
  );
}

/** The line that is wrong, with a mark under the place. */
function Fault({ text, error }: { text: string; error: unknown }) {
  if (!(error instanceof ApiError)) return null;
  const line = Number(error.details.line ?? 0);
  const column = Number(error.details.column ?? 0);
  const shown = text.split("\n")[line - 1];
  return (
    <div className={classes.fault} role="alert">
      {shown !== undefined && column > 0 && (
        <pre>
          {shown}
          {"\n"}
          <span className={classes.caret}>{`${" ".repeat(column - 1)}^`}</span>
        </pre>
      )}
      <div>{error.message}</div>
      {error.hint && <div>{error.hint}</div>}
    </div>
  );
}

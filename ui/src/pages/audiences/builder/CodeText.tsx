import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  completionStatus,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import { quote } from "./cel";
import { caretIn, suggest, valueBefore } from "./complete";
import { countText, type Known } from "./known";
import type { Readable } from "./tree";

export type CodeProps = {
  value: string;
  onChange: (text: string) => void;
  readables: readonly Readable[];
  /** Finds the values that records have in a field, for what is typed of one. */
  values: (field: string, typed: string) => Promise<{ values: Known[]; exact: boolean }>;
  /** Where the text is wrong: line and column, from 1. */
  fault?: { line: number; column: number };
  readOnly?: boolean;
  minRows: number;
  /** The ids of what names and describes it. */
  labelledBy: string;
  describedBy: string;
};

/** The text with colours, completion and marks. It comes with the code of the editor, which is fetched when it is opened. */
export function CodeText(props: CodeProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    if (!place.current) return;
    const made = new EditorView({ parent: place.current, state: begin(latest) });
    view.current = made;
    return () => made.destroy();
  }, []);
  const { value, fault, readOnly } = props;
  useEffect(() => {
    const v = view.current;
    if (v && v.state.doc.toString() !== value) {
      v.dispatch({ changes: { from: 0, to: v.state.doc.length, insert: value } });
    }
  }, [value]);
  const line = fault?.line;
  const column = fault?.column;
  useEffect(() => {
    view.current?.dispatch({ effects: setFault.of(line && column ? { line, column } : null) });
    view.current?.contentDOM.setAttribute("aria-invalid", String(line !== undefined));
  }, [line, column]);
  useEffect(() => {
    view.current?.dispatch({ effects: readOnlyPart.reconfigure(EditorState.readOnly.of(readOnly === true)) });
  }, [readOnly]);
  return <div ref={place} />;
}

type Latest = { current: CodeProps };

const readOnlyPart = new Compartment();

function begin(latest: Latest): EditorState {
  const { value, readOnly, labelledBy, describedBy, minRows } = latest.current;
  return EditorState.create({
    doc: value,
    extensions: [
      history(),
      closeBrackets(),
      autocompletion({ override: [(at) => complete(at, latest.current)], icons: false }),
      // Tab leaves the text: whoever has no mouse gets out.
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
      language,
      syntaxHighlighting(colours),
      faults,
      look,
      EditorView.lineWrapping,
      EditorView.theme({ ".cm-content": { minHeight: `${minRows * 1.5 + 0.8}em` } }),
      EditorView.contentAttributes.of({
        "aria-labelledby": labelledBy,
        "aria-describedby": describedBy,
        autocapitalize: "off",
        autocorrect: "off",
        spellcheck: "false",
      }),
      // Escape closes the suggestions, and not the dialog that the text is in.
      EditorView.domEventHandlers({
        keydown: (e, v) => {
          if (e.key === "Escape" && completionStatus(v.state) === "active") e.stopPropagation();
          return e.key === "Tab" && !e.shiftKey && completionStatus(v.state) === "active" ? acceptCompletion(v) : false;
        },
      }),
      readOnlyPart.of(EditorState.readOnly.of(readOnly === true)),
      EditorView.updateListener.of((u) => {
        if (!u.docChanged) return;
        const text = u.state.doc.toString();
        if (text !== latest.current.value) latest.current.onChange(text);
      }),
    ],
  });
}

async function complete(at: CompletionContext, p: CodeProps): Promise<CompletionResult | null> {
  const text = at.state.doc.toString();
  const inText = valueBefore(text, at.pos);
  if (inText) return completeValue(at, p, inText);
  const found = suggest(text, at.pos, p.readables);
  const first = found[0];
  if (!first) return null;
  return {
    from: at.pos - first.back,
    filter: false,
    options: found.map(
      (s): Completion => ({
        label: s.label,
        detail: s.note,
        apply: (v, _, from, to) =>
          v.dispatch({
            changes: { from, to, insert: s.insert },
            selection: { anchor: from + caretIn(s.insert) },
            userEvent: "input.complete",
          }),
      }),
    ),
  };
}

async function completeValue(
  at: CompletionContext,
  p: CodeProps,
  { field, typed }: { field: string; typed: string },
): Promise<CompletionResult | null> {
  const known = p.readables.find((r) => r.name === field);
  if (!known || notText.has(known.type)) return null;
  const found = await p.values(field, typed).catch(() => null);
  if (!found || found.values.length === 0 || at.aborted) return null;
  return {
    from: at.pos - typed.length,
    filter: false,
    options: found.values.map(
      (k): Completion => ({
        label: k.value,
        detail: countText(k.count, found.exact),
        apply: quote(k.value).slice(1, -1),
      }),
    ),
  };
}

const notText = new Set<Readable["type"]>(["number", "currency", "boolean", "date", "timestamp", "json"]);

const language = StreamLanguage.define({
  name: "cel",
  token: (s) => {
    if (s.eatSpace()) return null;
    if (s.match(/^\/\/.*/)) return "comment";
    if (s.match(/^"(?:[^"\\]|\\.)*"?/) || s.match(/^'(?:[^'\\]|\\.)*'?/)) return "string";
    if (s.match(/^\d+(?:\.\d+)?/)) return "number";
    if (s.match(/^(?:true|false|null|in)\b/)) return "keyword";
    if (s.match(/^[A-Za-z_]\w*(?=\()/)) return "operatorKeyword";
    if (s.match(/^[A-Za-z_]\w*/)) return "variableName";
    s.next();
    return "operator";
  },
});

const colours = HighlightStyle.define([
  { tag: tags.string, color: "light-dark(#2f6b5d, #7cc4b2)" },
  { tag: tags.number, color: "light-dark(#2f6b5d, #7cc4b2)" },
  { tag: tags.keyword, color: "light-dark(#7d4391, #c9a3d8)" },
  { tag: tags.operatorKeyword, color: "light-dark(#3d6391, #8fb3da)" },
  { tag: tags.comment, color: "var(--mantine-color-dimmed)" },
]);

const setFault = StateEffect.define<{ line: number; column: number } | null>();

/** The mark under what is wrong, which goes along with the text until it is checked again. */
const faults = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, tr) => {
    let now = marks.map(tr.changes);
    for (const e of tr.effects) {
      if (!e.is(setFault)) continue;
      now = Decoration.none;
      if (!e.value || e.value.line > tr.state.doc.lines) continue;
      const line = tr.state.doc.line(e.value.line);
      const from = Math.min(line.from + e.value.column - 1, Math.max(line.from, line.to - 1));
      const word = /^[\w.]+|^"[^"]*"?|^\S/.exec(tr.state.doc.sliceString(from, line.to))?.[0].length ?? 1;
      const to = Math.min(line.to, from + word);
      if (to > from) now = Decoration.set(wrong.range(from, to));
    }
    return now;
  },
  provide: (f) => EditorView.decorations.from(f),
});

const wrong = Decoration.mark({ class: "cm-wrong" });

const look = EditorView.theme({
  "&": {
    fontSize: "12.5px",
    border: "1px solid var(--mantine-color-default-border)",
    borderRadius: "var(--mantine-radius-default)",
    background: "var(--mantine-color-default)",
    color: "var(--mantine-color-text)",
  },
  "&.cm-focused": { outline: "2px solid var(--mantine-primary-color-filled)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--mantine-color-text)", padding: "5px 0" },
  ".cm-line": { padding: "0 10px" },
  ".cm-wrong": { textDecoration: "underline wavy var(--fettle-failed)", textUnderlineOffset: "3px" },
  ".cm-tooltip.cm-tooltip-autocomplete": {
    border: "1px solid var(--fettle-line)",
    borderRadius: "7px",
    background: "var(--fettle-panel)",
    color: "var(--mantine-color-text)",
    boxShadow: "var(--mantine-shadow-md)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mantine-font-family-monospace)",
    maxHeight: "220px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    justifyContent: "space-between",
    gap: "14px",
    padding: "4px 8px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    background: "var(--fettle-hover)",
    color: "var(--mantine-color-text)",
  },
  ".cm-completionDetail": {
    fontStyle: "normal",
    fontFamily: "var(--mantine-font-family)",
    color: "var(--mantine-color-dimmed)",
  },
});

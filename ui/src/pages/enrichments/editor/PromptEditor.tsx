import { Combobox, Textarea, useCombobox } from "@mantine/core";
import { useRef } from "react";
import { expressions, type Known } from "./known";

type Props = Known & {
  label: string;
  value: string;
  placeholder: string;
  error?: string;
  onChange: (v: string) => void;
};

/** A text with {{ fields }}: typing {{ offers them. */
export function PromptEditor({ label, value, placeholder, error, onChange, ...known }: Props) {
  const box = useRef<HTMLTextAreaElement>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const typed = openName(value, box.current?.selectionStart ?? value.length);
  const offered =
    typed === null
      ? []
      : expressions(known)
          .filter((e) => e.startsWith(typed.trim()))
          .slice(0, 10);
  const choose = (name: string) => {
    const at = box.current?.selectionStart ?? value.length;
    const from = value.lastIndexOf("{{", at);
    const rest = value.slice(at).replace(/^\s*\}\}/, "");
    onChange(`${value.slice(0, from)}{{ ${name} }}${rest}`);
    combobox.closeDropdown();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={choose} position="bottom-start">
      <Combobox.Target>
        <Textarea
          ref={box}
          label={label}
          error={error}
          value={value}
          maxRows={14}
          placeholder={placeholder}
          onChange={(e) => {
            onChange(e.currentTarget.value);
            if (openName(e.currentTarget.value, e.currentTarget.selectionStart) === null) combobox.closeDropdown();
            else {
              combobox.openDropdown();
              combobox.selectFirstOption();
            }
          }}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={offered.length === 0}>
        <Combobox.Options>
          {offered.map((name) => (
            <Combobox.Option key={name} value={name}>
              {name}
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** The name begun after an open "{{" before the cursor; null where there is none. */
export function openName(text: string, at: number): string | null {
  const before = text.slice(0, at);
  const from = before.lastIndexOf("{{");
  if (from < 0 || before.indexOf("}}", from) >= 0) return null;
  const name = before.slice(from + 2);
  return /^\s*[\w.]*$/.test(name) ? name : null;
}

/** The expressions between {{ and }}, each under its own name. */
export function placeholders(prompt: string): Record<string, string> {
  const names = [...prompt.matchAll(/\{\{\s*([^}]+?)\s*\}\}/g)].map((m) => m[1] as string);
  return Object.fromEntries(names.map((n) => [n, n]));
}

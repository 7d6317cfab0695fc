import { Select, type SelectProps } from "@mantine/core";
import { useRef, useState } from "react";

type Props = Omit<SelectProps, "searchable" | "searchValue" | "onSearchChange"> & {
  /** Hears what is typed, where the options are found elsewhere. */
  onSearch?: (text: string) => void;
};

/**
 * A list to choose one of, that is searched by typing. Opened, its text makes room
 * for what is typed; closed without a choice, it stands there again.
 */
export function Picker({ onSearch, ...props }: Props) {
  const chosen = useRef({ value: props.value, label: "" });
  const found = labelIn(props.data, props.value);
  // An option that is not among those found stays chosen, under its name.
  if (found || chosen.current.value !== props.value) chosen.current = { value: props.value, label: found };
  const { label } = chosen.current;
  const [typed, setTyped] = useState<string | null>(null);
  const hear = (text: string | null) => {
    setTyped(text);
    if (text !== null) onSearch?.(text);
  };
  return (
    <Select
      nothingFoundMessage="Nothing matches"
      // What is chosen already and is taken again stays; clearable empties it.
      allowDeselect={false}
      {...props}
      onChange={(value, option) => {
        if (value !== props.value) props.onChange?.(value, option);
      }}
      searchable
      placeholder={label || props.placeholder}
      searchValue={typed ?? label}
      // The list writes the label there by itself when it has closed: that is no search.
      onSearchChange={(text) => hear(text === label ? null : text)}
      onDropdownOpen={() => {
        // What was typed while it was closed stands behind the text that was there.
        hear(typed?.startsWith(label) ? typed.slice(label.length) : "");
        props.onDropdownOpen?.();
      }}
      onDropdownClose={() => {
        hear(null);
        props.onDropdownClose?.();
      }}
    />
  );
}

/** What the option of a value is called; "" if there is none. */
export function labelIn(data: SelectProps["data"], value: SelectProps["value"]): string {
  if (value === null || value === undefined) return "";
  for (const item of data ?? []) {
    if (typeof item === "object" && "items" in item) {
      const inside = labelIn(item.items as SelectProps["data"], value);
      if (inside) return inside;
    } else if (typeof item === "object" ? item.value === value : item === value) {
      return typeof item === "object" ? item.label : String(item);
    }
  }
  return "";
}

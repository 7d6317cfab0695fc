import {
  type ComboboxParsedItem,
  getParsedComboboxData,
  type OptionsFilter,
  Select,
  type SelectProps,
} from "@mantine/core";
import { useRef, useState } from "react";
import { labelIn, matching, takeMarked } from "./picking";
import { useUnchosen } from "./useUnchosen";

type Props = Omit<SelectProps, "searchable" | "searchValue" | "onSearchChange"> & {
  /** Hears what is typed, where the options are found elsewhere. */
  onSearch?: (text: string) => void;
  /** Whether the options are not yet those of what is typed. */
  looking?: boolean;
};

/**
 * A list to choose one of, that is searched by typing. Opened, its text makes room
 * for what is typed, and Enter takes the first that is found; left without a choice,
 * it stands there again, and says so.
 */
export function Picker({ onSearch, looking = false, filter, ...props }: Props) {
  const chosen = useRef({ value: props.value, label: "" });
  const found = labelIn(props.data, props.value);
  // An option that is not among those found stays chosen, under its name.
  if (found || chosen.current.value !== props.value) chosen.current = { value: props.value, label: found };
  const { label } = chosen.current;
  const [typed, setTyped] = useState<string | null>(null);
  const now = useRef<string | null>(null);
  const byHand = useRef(false);
  const hear = (text: string | null) => {
    now.current = text;
    setTyped(text);
    if (text !== null) onSearch?.(text);
  };
  // What is typed narrows, also where it is just what is chosen: the list itself would show all of them then.
  const narrow: OptionsFilter = ({ options, limit }) =>
    filter && !looking ? filter({ options, search: typed ?? "", limit }) : matching(options, typed ?? "");
  const left = useUnchosen(props.value);
  return (
    <Select
      nothingFoundMessage={looking ? "Looking…" : "Nothing matches"}
      // What is chosen already and is taken again stays; clearable empties it.
      allowDeselect={false}
      {...props}
      {...left.shown(props)}
      filter={narrow}
      selectFirstOptionOnChange={Boolean(typed?.trim()) && !looking}
      onChange={(value, option) => {
        if (value !== props.value) props.onChange?.(value, option);
      }}
      searchable
      placeholder={label || props.placeholder}
      searchValue={typed ?? label}
      onInput={() => {
        byHand.current = true;
      }}
      onSearchChange={(text) => {
        // The list writes the label there by itself when it has closed: that is no search.
        hear(text === label && !byHand.current ? null : text);
        byHand.current = false;
      }}
      onKeyDownCapture={(e) => takeMarked(e, typed ?? "")}
      onBlurCapture={() => {
        if (!typed?.trim()) return;
        const options = getParsedComboboxData(props.data) as ComboboxParsedItem[];
        left.say(typed, narrow({ options, search: typed, limit: Infinity }), label);
      }}
      onDropdownOpen={() => {
        left.clear();
        // What was typed while it was closed stands behind the text that was there.
        const text = now.current ?? "";
        hear(text.startsWith(label) ? text.slice(label.length) : text);
        props.onDropdownOpen?.();
      }}
      onDropdownClose={() => {
        hear(null);
        props.onDropdownClose?.();
      }}
    />
  );
}

import { type ComboboxParsedItem, getParsedComboboxData, MultiSelect, type MultiSelectProps } from "@mantine/core";
import { useState } from "react";
import { matching, takeMarked } from "./picking";
import { useUnchosen } from "./useUnchosen";

type Props = Omit<
  MultiSelectProps,
  "searchable" | "searchValue" | "onSearchChange" | "filter" | "hidePickedOptions" | "selectFirstOptionOnChange"
>;

/** A list to choose several of, that is searched by typing: Enter takes the first that is found. */
export function Pickers(props: Props) {
  const [typed, setTyped] = useState("");
  const left = useUnchosen(props.value);
  return (
    <MultiSelect
      // Where all is chosen there is no list to open.
      nothingFoundMessage={typed.trim() ? "Nothing matches" : undefined}
      {...props}
      {...left.shown(props)}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      filter={({ options }) => matching(options, typed)}
      // What is chosen is beside: Enter on it again would take it out.
      hidePickedOptions
      selectFirstOptionOnChange={typed.trim() !== ""}
      onKeyDownCapture={(e) => takeMarked(e, typed)}
      onBlurCapture={() => {
        if (!typed.trim()) return;
        const options = getParsedComboboxData(props.data) as ComboboxParsedItem[];
        left.say(typed, matching(options, typed), "");
      }}
      onDropdownOpen={() => {
        left.clear();
        props.onDropdownOpen?.();
      }}
    />
  );
}

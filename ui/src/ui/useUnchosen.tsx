import type { ComboboxParsedItem, InputWrapperProps } from "@mantine/core";
import { useState } from "react";
import { countOf, unchosen } from "./picking";

/** Says below a list what was typed there and not chosen, until it is opened again or something is chosen. */
export function useUnchosen(value: unknown) {
  const [said, say] = useState<{ of: unknown; text: string }>();
  const text = said && Object.is(said.of, value) ? said.text : undefined;
  return {
    say: (typed: string, found: ComboboxParsedItem[], stays: string) =>
      say({ of: value, text: unchosen(typed, countOf(found), stays) }),
    clear: () => say(undefined),
    shown: (props: Pick<InputWrapperProps, "description" | "inputWrapperOrder">) =>
      text
        ? {
            description: <span role="status">{text}</span>,
            inputWrapperOrder: ["label", "input", "description", "error"] as InputWrapperProps["inputWrapperOrder"],
          }
        : { description: props.description, inputWrapperOrder: props.inputWrapperOrder },
  };
}

import { createContext, useContext } from "react";
import { ApiError } from "../../../api/client";

/** What the server refused a definition for, and where: steps[0].prompt. */
export type Fault = { key: string; text: string };

/** Where the fault is and what it is, without the way to it; undefined where it has no place. */
export function faultOf(error: unknown): Fault | undefined {
  if (!(error instanceof ApiError) || typeof error.details.key !== "string") return undefined;
  let key = error.details.key;
  let said = error.message;
  for (;;) {
    const [part = "", ...rest] = said.split(": ");
    if (rest.length === 0 || part === "" || !key.startsWith(part)) break;
    key = key.slice(part.length).replace(/^\./, "");
    said = rest.join(": ");
  }
  const text = said.replace(/^./, (c) => c.toUpperCase());
  return { key: error.details.key, text: [`${text}.`.replace(/\.\.$/, "."), error.hint].filter(Boolean).join(" ") };
}

export const FaultContext = createContext<Fault | undefined>(undefined);

/** What is wrong at a key of the definition, for the field's `error`. */
export function useFault(): (key: string) => string | undefined {
  const fault = useContext(FaultContext);
  return (key) => (fault && (fault.key === key || fault.key.startsWith(`${key}.`)) ? fault.text : undefined);
}

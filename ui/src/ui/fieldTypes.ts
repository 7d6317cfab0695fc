import type { Schemas } from "../api/client";

type Type = Schemas["Field"]["type"];

/** The types of fields, as people call them. */
export const types: [Type, string][] = [
  ["text", "Text"],
  ["number", "Number"],
  ["boolean", "Yes or no"],
  ["date", "Date"],
  ["timestamp", "Date and time"],
  ["email", "Email"],
  ["url", "URL"],
  ["phone", "Phone"],
  ["domain", "Domain"],
  ["linkedin", "LinkedIn URL"],
  ["country", "Country"],
  ["json", "Structured data"],
  ["select", "One of a list"],
  ["multi_select", "Several of a list"],
  ["currency", "Amount of money"],
];

export const typeLabel = (type: Type) => types.find(([is]) => is === type)?.[1] ?? type;

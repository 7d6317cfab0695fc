const delimiters = [
  { value: ",", label: "Comma (,)" },
  { value: ";", label: "Semicolon (;)" },
  { value: "tab", label: "Tab" },
  { value: "|", label: "|" },
  { value: "~", label: "~" },
  { value: "^", label: "^" },
  { value: ":", label: "Colon (:)" },
  { value: "space", label: "Space" },
  { value: "U+001F", label: "Unit separator (U+001F)" },
];

/** What can stand between the cells; what the server found says so: "Semicolon (;), found". */
export function separators(found: string, chosen: string) {
  const known = delimiters.some((d) => d.value === found);
  const all = known || !found ? delimiters : [...delimiters, { value: found, label: found }];
  return all.map((d) => (d.value === found && !chosen ? { ...d, label: `${d.label}, found` } : d));
}

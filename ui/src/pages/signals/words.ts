/** What one side of a signal says: title VP, company b.com. */
export const side = (values: Record<string, string>): string =>
  Object.entries(values)
    .filter(([, text]) => text !== "")
    .map(([key, text]) => `${key} ${text}`)
    .join(", ");

/** The company that a signal names: where to, or else where from. */
export const companyOf = (s: { from: Record<string, string>; to: Record<string, string> }): string =>
  s.to.company || s.from.company || "";

/** job_change → job change. */
export const plainWord = (word: string): string => word.replaceAll("_", " ");

/** Each once, in the order of the alphabet, with what is chosen. */
export const choices = (of: (string | undefined)[], chosen: string | undefined): string[] =>
  [...new Set([...of, chosen])].filter((v): v is string => Boolean(v)).sort();

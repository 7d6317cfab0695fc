/** What one side of a signal says: title VP, company b.com. */
export const side = (values: Record<string, string>): string =>
  Object.entries(values)
    .filter(([key, text]) => text !== "" && key !== "person_id") // its number; its name is there
    .map(([key, text]) => `${plainWord(key)} ${text}`)
    .join(", ");

type Sides = { from: Record<string, string>; to: Record<string, string> };

/** Both sides of a signal. A job is CTO at b.com; what did not change is said once, on the left. */
export function sides({ from, to }: Sides): [from: string, to: string] {
  const jobs = [from, to].every((v) => Object.keys(v).every((key) => key in jobWords));
  if (!jobs) return [side(from), side(to)];
  const stays = from.company !== undefined && from.company === to.company;
  return [job(from), job(stays && to.title ? { title: to.title } : to)];
}

const jobWords: Record<string, true> = { title: true, company: true, company_name: true };

const job = (v: Record<string, string>): string => [v.title, v.company_name || v.company].filter(Boolean).join(" at ");

/** The company that a signal names: where to, or else where from. */
export const companyOf = (s: Sides): string => s.to.company || s.from.company || "";

/** job_change → job change. */
export const plainWord = (word: string): string => word.replaceAll("_", " ");

/** Each once, in the order of the alphabet, with what is chosen. */
export const choices = (of: (string | undefined)[], chosen: string | undefined): string[] =>
  [...new Set([...of, chosen])].filter((v): v is string => Boolean(v)).sort();

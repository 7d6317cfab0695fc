import { grouped } from "../../../ui/grouped";
import { micro } from "../../../ui/money";

/** The most that a limit can be, in credits and in records. */
const most = 1_000_000_000;
const mostText = grouped(most);

/** What is wrong with a typed number of credits; undefined where nothing is, or nothing is typed. */
export function creditsError(text: string): string | undefined {
  const t = text.trim();
  if (t === "") return undefined;
  if (!/^\d+(\.\d{1,6})?$/.test(t)) return "A number, such as 1000 or 0.4";
  return micro(t) > micro(String(most)) ? `At most ${mostText}` : undefined;
}

/** What is wrong with a typed number of records. */
export function recordsError(text: string): string | undefined {
  const t = text.trim();
  if (t === "") return undefined;
  if (!/^\d+$/.test(t) || /^0+$/.test(t)) return "A whole number, 1 or more";
  return BigInt(t) > BigInt(most) ? `At most ${mostText}` : undefined;
}

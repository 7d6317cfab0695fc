import type { Schemas } from "../../api/client";
import { fromMicro, micro } from "../../ui/money";

const day = 24 * 3_600_000;
/** The mean length of a month in days, by which the server counts. */
const month = 30.44;

/**
 * What the estimate foresaw until now: the first run, what enters on a usual
 * day, and what is refreshed. Undefined where there was too little to go by.
 */
export function foreseen(e: Schemas["Estimate"], now: number): string | undefined {
  if (!e.at || !e.outlook || e.outlook.history_days < 3) return undefined;
  const days = Math.max(0, (now - Date.parse(e.at)) / day);
  const [entering, refreshed] = [micro(e.outlook.per_day_credits), micro(e.outlook.refresh_credits)];
  const since = Math.round(days * (Number(entering) + Number(refreshed) / month));
  return fromMicro(micro(e.expected_credits) + BigInt(since));
}

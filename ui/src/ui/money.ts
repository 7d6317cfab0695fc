import { grouped } from "./grouped";

// Money comes as decimal strings of credits. It is counted in whole
// micro-credits, so that sums on screen agree with the journal.

const MICRO = 1_000_000n;

/** Micro-credits of "0.4"; 0 for what is not an amount. */
export function micro(credits: string | null | undefined): bigint {
  const m = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec((credits ?? "").trim());
  if (!m) return 0n;
  const n = BigInt(m[2] as string) * MICRO + BigInt((m[3] ?? "").padEnd(6, "0"));
  return m[1] ? -n : n;
}

/** For charts and widths only. */
export const approx = (credits: string | null | undefined) => Number(micro(credits)) / 1e6;

/**
 * "1,234.5" of "1234.500"; at most `digits` decimals, rounded up as prices are, or from the first
 * digit that is not zero where that is all there is. The server and the terminal write it so too.
 */
export function formatCredits(credits: string | null | undefined, digits = 2): string {
  let n = micro(credits);
  const negative = n < 0n;
  if (negative) n = -n;
  let unit = 10n ** BigInt(6 - digits);
  if (digits > 0) while (unit > 1n && n > 0n && n < unit * 10n) unit /= 10n;
  n = ((n + unit - 1n) / unit) * unit;
  const whole = grouped(n / MICRO);
  const frac = (n % MICRO).toString().padStart(6, "0").replace(/0+$/, "");
  return `${negative ? "−" : ""}${whole}${frac ? `.${frac}` : ""}`;
}

/** "US$6.40" for 640 credits at US$0.01; rounded up to a cent. */
export function formatMoney(credits: string | null | undefined, creditUSD = "0.01"): string {
  const n = micro(credits) * micro(creditUSD); // in 1e-12 dollars
  const sign = n < 0n ? "−" : "";
  const cent = 10n ** 10n;
  const cents = ((n < 0n ? -n : n) + cent - 1n) / cent;
  return `${sign}US$${grouped(cents / 100n)}.${(cents % 100n).toString().padStart(2, "0")}`;
}

/** "640 credits", "1 credit". */
export const creditsText = (credits: string | null | undefined, digits = 2) => {
  const n = formatCredits(credits, digits);
  return `${n} ${n === "1" ? "credit" : "credits"}`;
};

/**
 * An expected amount as it is shown: it is a guess, so it is to the nearest whole credit where all prices that it goes by
 * are whole: 9.55 for ten rows at 1 credit each are about 10.
 */
export function about(credits: string | null | undefined, ...prices: (string | null | undefined)[]): string {
  const n = micro(credits);
  if (n <= 0n || prices.some((p) => micro(p) % MICRO !== 0n)) return fromMicro(n);
  const nearest = ((n + MICRO / 2n) / MICRO) * MICRO;
  return fromMicro(nearest > 0n ? nearest : MICRO);
}

export const multiply = (credits: string, rows: number) => fromMicro(micro(credits) * BigInt(rows));

export function fromMicro(n: bigint): string {
  const sign = n < 0n ? "-" : "";
  const abs = n < 0n ? -n : n;
  const frac = (abs % MICRO).toString().padStart(6, "0").replace(/0+$/, "");
  return `${sign}${abs / MICRO}${frac ? `.${frac}` : ""}`;
}

/** What a credit is, for whoever meets one for the first time. */
export const aCredit = (usd: string | undefined) =>
  `A credit is this workspace’s own unit of spending, worth ${formatMoney("1", usd)}; vendors bill you themselves.`;

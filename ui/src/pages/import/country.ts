const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/** The country of a code of two letters: "" for no code, null for one that is none. */
export function countryName(code: string): string | null {
  if (code === "") return "";
  if (!/^[A-Z]{2}$/.test(code) || notCountries.has(code)) return null;
  return names.of(code) ?? null;
}

// Codes that have a name and are no country.
const notCountries = new Set(["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"]);

/** Letters without their accents, lower case: "Ünï" → uni. */
const plain = (s: string) => s.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** A name that stands in a URL: "Work e-mail!" → work-e-mail. */
export const slug = (s: string) =>
  plain(s)
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");

/** The key of a field: "Work E-mail" → work_e_mail. */
export const fieldKey = (label: string) =>
  plain(label)
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[_0-9]+|_+$/g, "")
    .slice(0, 59);

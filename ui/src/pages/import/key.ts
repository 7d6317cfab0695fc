/** A key of a record as one speaks of it: external:LIST:VALUE is "the id VALUE", and pr:… the print of a row. */
export function inWords(key?: string): string {
  if (!key) return "–";
  if (key === "row" || /^[pc]r:/.test(key)) return "every cell: the very same row";
  const [sort = "", ...rest] = key.split(":");
  const value = rest.join(":");
  switch (sort) {
    case "external": // a list may have a colon in its name
      return `the id ${value.replace(/^csv:/, "").replace(/^[^:]*:/, "")}`;
    case "email":
    case "domain":
    case "phone":
      return `the ${sort} ${value}`;
    case "name": // a company's name counts at its domain alone
      return `the name ${rest.join(":").replace(/^\S+\.\S+ /, "")}`;
    case "linkedin":
      return `LinkedIn ${value}`;
  }
  return key;
}

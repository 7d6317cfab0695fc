/** The id of a vendor by its name: "Finder & Co." is finder-co. */
export const idOf = (name: string) =>
  name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 60);

/** What is parted by commas. */
export const list = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);

/** Where a line begins and ends in a text; lines count from 1. */
export function lineAt(text: string, line: number): [from: number, to: number] {
  const lines = text.split("\n");
  const from = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
  return [from, from + (lines[line - 1]?.length ?? 0)];
}

/** A copy of a definition under an id of its own. */
export const copyOf = (text: string, id: string) => text.replace(/^id: *\S+/m, `id: my-${id}`);

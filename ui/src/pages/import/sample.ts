// The first rows of a file, for the eyes. The server reads the file itself and
// has the last word; this only shows what is there.

export type Sample = { delimiter: string; columns: string[]; rows: string[][] };

const delimiters = [",", ";", "\t", "|"];

/** Splits a text into rows of cells; quotes may hold delimiters and lines. */
export function cells(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[i++];
      else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === delimiter) {
      row.push(cell);
      cell = "";
    } else if (c === "\n") {
      rows.push([...row, cell.replace(/\r$/, "")]);
      row = [];
      cell = "";
    } else cell += c;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  return rows;
}

/** The delimiter that the heading has most of. */
export function delimiterOf(heading: string): string {
  const bare = heading.replace(/"[^"]*"/g, "");
  const count = (d: string) => bare.split(d).length;
  return delimiters.reduce((best, d) => (count(d) > count(best) ? d : best), ",");
}

/** Reads the heading and the first rows of what the file begins with. */
export function sampleOf(text: string, whole: boolean, most = 5): Sample {
  const clean = text.replace(/^\uFEFF/, "");
  const delimiter = delimiterOf(clean.slice(0, clean.indexOf("\n") >= 0 ? clean.indexOf("\n") : undefined));
  const rows = cells(clean, delimiter);
  if (!whole && rows.length > 1) rows.pop(); // may be cut off
  const [columns = [], ...rest] = rows;
  return {
    delimiter,
    columns: columns.map((c) => c.trim()),
    rows: rest.filter((r) => r.some((c) => c !== "")).slice(0, most),
  };
}

const peek = 128 * 1024;

export async function readSample(file: File): Promise<Sample> {
  const bytes = await file.slice(0, peek).arrayBuffer();
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: file.size > peek });
  } catch {
    text = new TextDecoder("windows-1252").decode(bytes);
  }
  return sampleOf(text, file.size <= peek);
}

import type { Entity, Schemas } from "../../api/client";
import { type HowRead, lookAtImport } from "../../api/queries/imports";

/** The first rows of a file and where its columns would go, as the server reads them. */
export type Sample = {
  columns: string[];
  rows: string[][];
  headingLine: number;
  encoding: string;
  /** What stands between its cells, as it was found or said. */
  delimiter: string;
  sheet: string;
  sheets: string[];
  notes: Schemas["FileNote"][];
  /** The fields that the server found for columns, by column. */
  found: Record<string, string>;
  /** The fields of their own that columns without one could get, by column. */
  offers: Record<string, Schemas["NewField"]>;
};

const peek = 256 * 1024;

const only = ({ skipLines, encoding, delimiter, sheet }: HowRead): HowRead => ({
  skipLines,
  encoding,
  delimiter,
  sheet,
});

/** Asks the server what a file holds. Lines above the headings are found unless they are said. */
export async function look(entity: Entity, file: File, how: HowRead) {
  const view = await lookAtImport({ entity, file: await beginning(file), ...only(how) });
  const columns = view.columns ?? [];
  const sample: Sample = {
    columns,
    rows: view.rows ?? [],
    headingLine: view.heading_line ?? 1,
    encoding: view.encoding ?? "",
    delimiter: view.delimiter ?? "",
    sheet: view.sheet ?? "",
    sheets: view.sheets ?? [],
    notes: view.notes ?? [],
    found: view.mapping,
    offers: Object.fromEntries((view.new_fields ?? []).map((f) => [f.column, f])),
  };
  // Every column arrives, unless somebody leaves it out.
  const mapping = columns.map((c) => [c, view.mapping[c] ?? (sample.offers[c] ? "+" : "")]);
  return { sample, types: {}, currencies: {}, mapping: Object.fromEntries(mapping) as Record<string, string> };
}

/**
 * As much of a file as tells its columns: whole lines, also of UTF-16, whose line
 * feeds have a second byte. A workbook is needed whole.
 */
export async function beginning(file: File, most = peek): Promise<File> {
  if (file.size <= most) return file;
  const bytes = new Uint8Array(await file.slice(0, most).arrayBuffer());
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return file;
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  const end = bytes.lastIndexOf(10) + (little ? 2 : 1);
  return new File([bytes.slice(0, end > 2 ? end : most)], file.name);
}

import type { Look } from "../../../api/queries/views";
import { type Difference, differences } from "../../../ui/Changed";

/** What two looks of a grid differ in, a line for each thing that can be chosen. */
export function lookDiffers(theirs: Look, mine: Look): Difference[] {
  const list = (of: string[] | undefined) => (of ?? []).join(", ");
  const sort = (of: Look) => (of.sort ? `${of.sort}, ${of.desc ? "largest first" : "smallest first"}` : "");
  return differences([
    ["Filter", theirs.where, mine.where],
    ["Search", theirs.search, mine.search],
    ["Sorted by", sort(theirs), sort(mine)],
    ["Grouped by", theirs.group, mine.group],
    ["Hidden columns", list(theirs.hidden), list(mine.hidden)],
    ["Order of columns", list(theirs.order), list(mine.order)],
    ["Pinned columns", list(theirs.pinned), list(mine.pinned)],
    ["Row height", theirs.height, mine.height],
    ["Colours", colours(theirs), colours(mine)],
    ["Widths", widths(theirs), widths(mine)],
  ]);
}

const colours = ({ colors }: Look) => (colors ?? []).map((c) => Object.values(c).join(" ")).join("; ");
const widths = (of: Look) =>
  Object.entries(of.widths ?? {})
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([column, w]) => `${column} ${w}`)
    .join(", ");

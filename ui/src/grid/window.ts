// Which rows are on screen. Every row is as high as the others, so that a
// million of them need no list of measurements, only this arithmetic.

export const rowHeight = 32;

/** How high rows can be: one line of text, two, or four. */
export const heights = { low: rowHeight, middle: 46, high: 86 } as const;
export type Height = keyof typeof heights;

/** Rows that are kept ready above and below those on screen. */
export const overscan = 8;

/** Browsers cut elements off beyond some 17 million pixels (Firefox). */
export const maxHeight = 15_000_000;

export type RowWindow = {
  first: number;
  /** One past the last. */
  end: number;
  /** Height of the scrolled content, in pixels. */
  height: number;
  /** What to add to row × its height for its place in the content. */
  shift: number;
};

/** How many rows' pixels one pixel of the scroll bar stands for. */
function scaleOf(count: number, viewport: number, high: number): number {
  const full = count * high;
  return full <= maxHeight ? 1 : (full - viewport) / (maxHeight - viewport);
}

export function rowWindow(
  count: number,
  scrollTop: number,
  viewport: number,
  beside = overscan,
  high = rowHeight,
): RowWindow {
  const scale = scaleOf(count, viewport, high);
  const height = Math.min(count * high, maxHeight);
  const top = Math.max(0, Math.min(scrollTop, Math.max(0, height - viewport))) * scale;
  const first = Math.max(0, Math.floor(top / high) - beside);
  const end = Math.min(count, Math.ceil((top + viewport) / high) + beside);
  return { first, end, height, shift: scale === 1 ? 0 : scrollTop - top };
}

/** Where to scroll so that a row is seen; the same place if it is seen already. */
export function scrollToRow(row: number, count: number, scrollTop: number, viewport: number, high = rowHeight): number {
  const scale = scaleOf(count, viewport, high);
  const top = scrollTop * scale;
  const y = row * high;
  if (y < top) return y / scale;
  if (y + high > top + viewport) return (y + high - viewport) / scale;
  return scrollTop;
}

export const pageSize = 100;

/** The pages that hold the rows. */
export function pagesOf(first: number, end: number): number[] {
  const out: number[] = [];
  for (let p = Math.floor(first / pageSize); p * pageSize < end; p++) out.push(p);
  return out;
}

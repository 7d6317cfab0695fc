// Which rows are on screen. Every row is as high as the others, so that a
// million of them need no list of measurements, only this arithmetic.

export const rowHeight = 32;

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
  /** What to add to row × rowHeight for its place in the content. */
  shift: number;
};

/** How many rows' pixels one pixel of the scroll bar stands for. */
function scaleOf(count: number, viewport: number): number {
  const full = count * rowHeight;
  return full <= maxHeight ? 1 : (full - viewport) / (maxHeight - viewport);
}

export function rowWindow(count: number, scrollTop: number, viewport: number, beside = overscan): RowWindow {
  const scale = scaleOf(count, viewport);
  const height = Math.min(count * rowHeight, maxHeight);
  const top = Math.max(0, Math.min(scrollTop, Math.max(0, height - viewport))) * scale;
  const first = Math.max(0, Math.floor(top / rowHeight) - beside);
  const end = Math.min(count, Math.ceil((top + viewport) / rowHeight) + beside);
  return { first, end, height, shift: scale === 1 ? 0 : scrollTop - top };
}

/** Where to scroll so that a row is seen; the same place if it is seen already. */
export function scrollToRow(row: number, count: number, scrollTop: number, viewport: number): number {
  const scale = scaleOf(count, viewport);
  const top = scrollTop * scale;
  const y = row * rowHeight;
  if (y < top) return y / scale;
  if (y + rowHeight > top + viewport) return (y + rowHeight - viewport) / scale;
  return scrollTop;
}

export const pageSize = 100;

/** The pages that hold the rows. */
export function pagesOf(first: number, end: number): number[] {
  const out: number[] = [];
  for (let p = Math.floor(first / pageSize); p * pageSize < end; p++) out.push(p);
  return out;
}

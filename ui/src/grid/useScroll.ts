import { type RefObject, useLayoutEffect, useState } from "react";
import { flushSync } from "react-dom";

/** For how long nothing moves, in milliseconds, until it rests. */
const restAfter = 150;

type Scroll = { top: number; left: number; width: number; height: number; moving: boolean };

const same = (a: Scroll, b: Scroll) =>
  a.top === b.top && a.left === b.left && a.width === b.width && a.height === b.height && a.moving === b.moving;

/** Where the grid is scrolled to, its size, and whether it moves. */
export function useScroll(ref: RefObject<HTMLDivElement | null>): Scroll {
  const [s, set] = useState<Scroll>({ top: 0, left: 0, width: 1200, height: 700, moving: false });
  useLayoutEffect(() => {
    const el = ref.current;
    if (!el) return;
    let rest: ReturnType<typeof setTimeout> | undefined;
    let side = el.scrollLeft;
    const read = (moving: boolean) => {
      const { scrollTop: top, scrollLeft: left, clientWidth: width, clientHeight: height } = el;
      const now = { top, left, width, height, moving };
      set((was) => (same(was, now) ? was : now));
    };
    const settle = () => {
      rest = undefined;
      // Pinned cells are sticky while one scrolls sideways, and put in their place when it rests.
      el.style.setProperty("--side", `${side}px`);
      el.removeAttribute("data-sideways");
      read(false);
    };
    const onScroll = () => {
      if (el.scrollLeft !== side) {
        side = el.scrollLeft;
        el.setAttribute("data-sideways", "");
      }
      clearTimeout(rest);
      rest = setTimeout(settle, restAfter);
      flushSync(() => read(true)); // in the frame that shows it, not in the next
    };
    read(false);
    const watch = new ResizeObserver(() => read(rest !== undefined));
    watch.observe(el);
    el.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      clearTimeout(rest);
      watch.disconnect();
      el.removeEventListener("scroll", onScroll);
    };
  }, [ref]);
  return s;
}

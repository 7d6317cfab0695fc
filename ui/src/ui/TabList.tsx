import { type MantineSpacing, Tabs } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";

type Props = { shown: string; px?: MantineSpacing; mb?: MantineSpacing; children: ReactNode };

/** The tabs of a page, in one line: where there is no room for all, the one that is shown is scrolled into sight. */
export function TabList({ shown, px, mb, children }: Props) {
  const list = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the tab shown that moves
  useEffect(() => {
    const box = list.current;
    const tab = box?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (!box || !tab) return;
    const [from, to] = [tab.offsetLeft - box.offsetLeft, tab.offsetLeft - box.offsetLeft + tab.offsetWidth];
    if (from < box.scrollLeft || to > box.scrollLeft + box.clientWidth)
      box.scrollLeft = from - (box.clientWidth - tab.offsetWidth) / 2;
  }, [shown]);
  return (
    <Tabs.List ref={list} px={px} mb={mb} style={{ flexShrink: 0 }}>
      {children}
    </Tabs.List>
  );
}

import { Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { ErrorNote } from "../../../ui/ErrorNote";
import { grouped } from "../../../ui/grouped";
import { count } from "../../../ui/time";
import { Waiting } from "../../../ui/Waiting";
import classes from "./GroupList.module.css";
import { type GroupBy, type GroupKey, groupLabel, headKey, openText } from "./groups";
import type { Groups } from "./useGroups";

type Props = {
  by: GroupBy;
  groups: Groups;
  open: GroupKey | undefined;
  onOpen: (key: GroupKey | undefined) => void;
  /** How high the rows of the open group are, in pixels, all of them. */
  height: number;
  /** The grid of the open group. */
  children: ReactNode;
};

/** The heads of the groups with their counts; under the open one stand its rows. */
export function GroupList({ by, groups, open, onOpen, height, children }: Props) {
  const list = useRef<HTMLElement>(null);
  const heads = groups.heads ?? [];
  // A group that the address names may be none of the most frequent ones.
  const shown =
    open === undefined || heads.some((h) => h.key === open) ? heads : [{ key: open, count: undefined }, ...heads];
  useEffect(() => {
    const head = open === undefined ? null : list.current?.querySelector<HTMLElement>("[aria-expanded=true]");
    if (head && list.current) list.current.scrollTop = head.offsetTop;
  }, [open]);
  const onKey = (e: KeyboardEvent<HTMLButtonElement>, i: number, key: GroupKey) => {
    if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey) return;
    const to = headKey(e.key, i, shown.length, key === open);
    if (to === undefined) return;
    e.preventDefault();
    if (to === "toggle") onOpen(key === open ? undefined : key);
    else list.current?.querySelectorAll<HTMLElement>("[data-head]")[to]?.focus();
  };
  return (
    <section ref={list} className={classes.list} aria-label={`Groups by ${by.field.label}`}>
      {groups.error ? <ErrorNote error={groups.error} retry={groups.retry} /> : null}
      {!groups.heads && !groups.error && <Waiting rows={6} />}
      {shown.map(({ key, count: n }, i) => {
        const opened = key === open;
        return (
          <div key={openText(key)} className={classes.group}>
            <UnstyledButton
              className={classes.head}
              data-head
              data-blank={key === null || undefined}
              aria-expanded={opened}
              onClick={() => onOpen(opened ? undefined : key)}
              onKeyDown={(e) => onKey(e, i, key)}
            >
              {opened ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
              <span className={classes.label}>{groupLabel(by, key)}</span>
              <span className={`${classes.count} tabular`}>{countText(n, groups.looked)}</span>
            </UnstyledButton>
            {opened && (
              <div className={classes.opened} style={{ height: `min(${height}px, calc(100cqh - 108px))` }}>
                {children}
              </div>
            )}
          </div>
        );
      })}
      {groups.heads?.length === 0 && <Text className={classes.note}>Nothing to group.</Text>}
      {groups.others && (
        <Text className={classes.note}>
          {count(groups.others.records, "record has", "records have")} one of{" "}
          {count(groups.others.values, "other value", "other values")}, which are not listed: filter or search to see
          them.
        </Text>
      )}
      {groups.looked !== undefined && (
        <Text className={classes.note}>
          There are too many records to count them all: the shares are those of {count(groups.looked, "record")} from
          everywhere among them. Open a group to see how many it has.
        </Text>
      )}
    </section>
  );
}

/** A count, or where some records alone were looked through their share. */
function countText(n: number | undefined, looked: number | undefined): string {
  if (n === undefined) return "";
  if (looked === undefined) return grouped(n);
  const share = (100 * n) / Math.max(1, looked);
  return `about ${share < 1 ? "<1" : Math.round(share)}%`;
}

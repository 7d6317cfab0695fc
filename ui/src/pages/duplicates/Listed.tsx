import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Review.module.css";

type Props<T> = {
  label: string;
  items: T[];
  shown: T | undefined;
  idOf: (item: T) => string;
  /** What it is, and a short word at the end of the line. */
  line: (item: T) => [what: ReactNode, kind: ReactNode];
  onShow: (index: number) => void;
  /** Loads the next page; undefined where there is none. */
  onMore: (() => void) | undefined;
  loading: boolean;
};

/** What waits for a decision, one of them shown beside. */
export function Listed<T>({ label, items, shown, idOf, line, onShow, onMore, loading }: Props<T>) {
  return (
    <ol className={`panel ${classes.list}`} aria-label={label}>
      {items.map((item, i) => {
        const [what, kind] = line(item);
        return (
          <li key={idOf(item)}>
            <button
              type="button"
              className={classes.item}
              aria-current={item === shown || undefined}
              onClick={() => onShow(i)}
            >
              <span className="clip">{what}</span>
              <span className={`clip ${classes.kind}`}>{kind}</span>
            </button>
          </li>
        );
      })}
      {onMore && (
        <li>
          <Button fullWidth variant="subtle" loading={loading} onClick={onMore}>
            More
          </Button>
        </li>
      )}
    </ol>
  );
}

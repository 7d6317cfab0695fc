import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { moment } from "./scale";
import classes from "./spans.module.css";

export type Span = {
  key: string;
  name: ReactNode;
  at: number;
  earliest?: number;
  latest?: number;
  open?: boolean;
  says: string;
};

/** Times ahead on one axis, each with the stretch that it may lie in, and its date beside it. */
export function Spans({ of, now, label }: { of: Span[]; now: number; label: string }) {
  const end = Math.max(...of.map((s) => Math.max(s.latest ?? s.at, s.at)), now + 3_600_000);
  const span = (end - now) * 1.02;
  const x = (at: number) => `${Math.max(0, Math.min(100, (100 * (at - now)) / span))}%`;
  return (
    <div>
      <ul className={classes.list} aria-label={label}>
        {of.map((s) => (
          <li key={s.key} className={classes.row}>
            <div>{s.name}</div>
            <div className={classes.track} role="img" aria-label={s.says} title={s.says}>
              <span
                className={classes.band}
                data-open={s.open || undefined}
                style={{
                  left: x(s.earliest ?? now),
                  width: `calc(${x(s.open ? end : (s.latest ?? s.at))} - ${x(s.earliest ?? now)})`,
                }}
                data-line={s.earliest === undefined || undefined}
              />
              <span className={classes.mark} style={{ left: x(s.at) }} />
            </div>
            <b className="tabular">{moment(s.at, span)}</b>
          </li>
        ))}
      </ul>
      <div className={classes.row} aria-hidden="true">
        <span />
        <div className={classes.axis}>
          <Text size="xs" c="dimmed">
            now
          </Text>
          <Text size="xs" c="dimmed">
            {moment(end, span)}
          </Text>
        </div>
      </div>
    </div>
  );
}

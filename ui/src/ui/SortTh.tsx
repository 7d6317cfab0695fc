import { Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";

type Props = {
  label: string;
  /** How this column sorts now; undefined where another does. */
  sorted?: "up" | "down";
  right?: boolean;
  w?: number | string;
  visibleFrom?: string;
  onSort: () => void;
};

/** A heading that sorts its column. */
export function SortTh({ label, sorted, right, w, visibleFrom, onSort }: Props) {
  const Arrow = sorted === "down" ? IconArrowDown : IconArrowUp;
  return (
    <Table.Th
      ta={right ? "right" : undefined}
      w={w}
      visibleFrom={visibleFrom}
      aria-sort={sorted ? order[sorted] : undefined}
    >
      <UnstyledButton onClick={onSort} fz="inherit" fw="inherit" c="inherit">
        {label} {sorted && <Arrow size={11} style={{ verticalAlign: "-1px" }} />}
      </UnstyledButton>
    </Table.Th>
  );
}

const order = { up: "ascending", down: "descending" } as const;

import { Anchor, Table, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { grouped } from "../grouped";
import classes from "./chart.module.css";
import { type Entry, Legend } from "./Patterns";

export type Rows = { head: string[]; rows: (string | number)[][]; foot?: (string | number)[] };

type Props = {
  title: string;
  /** What the picture says, in a sentence. */
  says?: ReactNode;
  /** The same figures as a table; the first column names the row, the others are numbers. */
  table?: Rows;
  legend?: Entry[];
  children: ReactNode;
  bare?: boolean;
};

/** A picture with its name, what it says, what its patterns mean, and its figures as a table beside it. */
export function Figure({ title, says, table, legend, children, bare }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <section className={bare ? undefined : `panel ${classes.figure}`} aria-label={title}>
      <div className={classes.head}>
        <Text fw={600} component="h2">
          {title}
        </Text>
        {table && table.rows.length > 0 && (
          <Anchor
            component="button"
            type="button"
            size="xs"
            aria-expanded={open}
            aria-label={`${title}: ${open ? "hide the table" : "show as a table"}`}
            onClick={() => setOpen(!open)}
          >
            {open ? "Hide the table" : "Show as a table"}
          </Anchor>
        )}
      </div>
      <div className={classes.body} data-table={open || undefined}>
        <div>
          {children}
          {legend && legend.length > 0 && <Legend of={legend} className={classes.legend} />}
        </div>
        {open && table && <Figures of={table} label={title} />}
      </div>
      {says && (
        <Text size="xs" c="dimmed" mt={8} component="div">
          {says}
        </Text>
      )}
    </section>
  );
}

function Figures({ of, label }: { of: Rows; label: string }) {
  const cell = (v: string | number) => (typeof v === "number" ? grouped(v) : v);
  const line = (row: (string | number)[], key: number | string) => (
    <Table.Tr key={key} fw={key === "foot" ? 600 : undefined}>
      {row.map((v, j) => (
        <Table.Td key={j} ta={j ? "right" : undefined} className="tabular" style={{ whiteSpace: "nowrap" }}>
          {cell(v)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
    <section className={classes.table} tabIndex={0} aria-label={`${label}, as a table`}>
      <Table verticalSpacing={2} aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {of.head.map((h, j) => (
              <Table.Th key={j} ta={j ? "right" : undefined}>
                {h}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {of.rows.map(line)}
          {of.foot && line(of.foot, "foot")}
        </Table.Tbody>
      </Table>
    </section>
  );
}

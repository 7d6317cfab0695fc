import { Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./chart.module.css";

export type Stage = { key: string; name: ReactNode; asked: number; found: number; note?: string; numbers: ReactNode[] };

type Props = { of: Stage[]; head: string[]; bars: string; label: string; foot?: ReactNode };

/** Stages that each pass on what they did not find: a picture in the table of its own numbers. */
export function Funnel({ of, head, bars, label, foot }: Props) {
  const most = Math.max(1, ...of.map((s) => s.asked));
  return (
    <Table className={`stack ${classes.funnel}`} aria-label={label} verticalSpacing={5}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Step</Table.Th>
          <Table.Th w="34%">
            <span aria-hidden="true">{bars}</span>
          </Table.Th>
          {head.map((h) => (
            <Table.Th key={h} ta="right">
              {h}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {of.map((s) => (
          <Table.Tr key={s.key}>
            <Table.Td data-rest>
              {s.name}
              {s.note && (
                <Text size="xs" c="dimmed">
                  {s.note}
                </Text>
              )}
            </Table.Td>
            <Table.Td data-line>
              <div className={classes.bars} aria-hidden="true" style={{ width: `${(100 * s.asked) / most}%` }}>
                <span style={{ width: `${s.asked ? (100 * s.found) / s.asked : 0}%` }} />
              </div>
            </Table.Td>
            {s.numbers.map((n, i) => (
              <Table.Td key={head[i]} ta="right" className="tabular" data-label={head[i]}>
                {n}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
      {foot && <Table.Tfoot>{foot}</Table.Tfoot>}
    </Table>
  );
}

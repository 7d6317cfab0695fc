import { Button, Group, List, Table, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/grouped";
import { download } from "../records/download";

type View = Schemas["ImportView"];

const shown = 50;
const count = (n: number) => grouped(n);

/** What is not imported although its row is: values that their field cannot hold, and words that only stand for a blank. */
export function Aside({ of }: { of: View }) {
  const aside = of.aside ?? [];
  const blanks = of.placeholders ?? [];
  return (
    <>
      {blanks.length > 0 && (
        <List size="sm" aria-label="What counts as blank">
          {blanks.map((p) => (
            <List.Item key={p.column}>
              {count(p.values)} {p.values === 1 ? "value" : "values"} of <strong>{p.column}</strong>{" "}
              {p.values === 1 ? "counts" : "count"} as blank: {(p.words ?? []).join(", ")}
            </List.Item>
          ))}
        </List>
      )}
      {aside.length > 0 && (
        <section>
          <Group justify="space-between" mb={6}>
            <Title order={2}>
              {count(of.set_aside ?? aside.length)} {of.set_aside === 1 ? "value is" : "values are"} set aside; the rows
              go in without
            </Title>
            {!of.dry_run && of.id > 0 && (
              <Button
                variant="default"
                leftSection={<IconDownload size={14} />}
                onClick={() => void download(`/api/v1/imports/${of.id}/aside`, {}, `set-aside-${of.id}.csv`)}
              >
                Download the values
              </Button>
            )}
          </Group>
          <div className="panel scroll-x">
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w={80}>Line</Table.Th>
                  <Table.Th w={160}>Column</Table.Th>
                  <Table.Th w={200}>Value</Table.Th>
                  <Table.Th>Reason</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {aside.slice(0, shown).map((a, i) => (
                  <Table.Tr key={`${a.line} ${i}`}>
                    <Table.Td className="tabular">{a.line}</Table.Td>
                    <Table.Td>{a.column}</Table.Td>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>{a.value}</Table.Td>
                    <Table.Td>{a.reason}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
          {aside.length > shown && (
            <Text c="dimmed" size="xs" mt={4}>
              The first {shown}.{of.dry_run ? "" : " The download has all."}
            </Text>
          )}
        </section>
      )}
    </>
  );
}

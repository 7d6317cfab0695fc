import { Button, Group, Table, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { Schemas } from "../../api/client";
import { grouped } from "../../ui/grouped";
import { download } from "../records/download";

const shown = 50;

/** The rows that cannot be imported, each with its reason. */
export function Rejects({ of }: { of: Schemas["ImportView"] }) {
  if (of.rejected === 0) return null;
  const list = of.rejects ?? [];
  return (
    <section>
      <Group justify="space-between" mb={6}>
        <Title order={2}>
          {grouped(of.rejected)} {of.rejected === 1 ? "row is" : "rows are"} rejected
        </Title>
        {!of.dry_run && of.id > 0 && (
          <Button
            variant="default"
            leftSection={<IconDownload size={14} />}
            onClick={() => void download(`/api/v1/imports/${of.id}/rejects`, {}, `rejects-${of.id}.csv`)}
          >
            Download them
          </Button>
        )}
      </Group>
      <div className="panel scroll-x">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={80}>Line</Table.Th>
              <Table.Th w={160}>Field</Table.Th>
              <Table.Th>Reason</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.slice(0, shown).map((r, i) => (
              <Table.Tr key={`${r.line} ${i}`}>
                <Table.Td className="tabular">{r.line}</Table.Td>
                <Table.Td>{r.field || "–"}</Table.Td>
                <Table.Td>{r.reason}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {of.rejected > shown && (
        <Text c="dimmed" size="xs" mt={4}>
          The first {shown}. {of.dry_run ? "All can be downloaded after the import." : "The download has all."}
        </Text>
      )}
    </section>
  );
}

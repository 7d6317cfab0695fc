import { Button, Group, Select, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { useMapImport } from "../../api/queries/imports";
import { fieldsQuery } from "../../api/queries/records";
import { ErrorNote } from "../../ui/ErrorNote";
import { useGuarded } from "../../ui/Guarded";
import { fieldKey } from "../../ui/names";
import { May } from "../../ui/Permitted";

/** Columns that have no field: what they hold is kept with the rows, and can be given one. */
export function LeftOut({ of }: { of: Schemas["ImportView"] }) {
  const columns = of.unmapped ?? [];
  const fields = useQuery(fieldsQuery(of.entity)).data?.items ?? [];
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const go = useNavigate();
  const map = useMapImport();
  const mapping = Object.fromEntries(Object.entries(chosen).filter(([c, f]) => f !== "" && columns.includes(c)));
  const n = Object.keys(mapping).length;
  const guarded = useGuarded(
    (confirm) => map.mutateAsync({ id: of.id, map: mapping, confirm }),
    (v) => void go({ to: "/import", search: { id: v.id } }),
  );
  if (columns.length === 0 || of.id === 0 || of.state === "undone") return null;
  const twice = Object.values(mapping).some((f, i, all) => all.indexOf(f) !== i);
  return (
    <section>
      <Title order={2} mb={6}>
        {columns.length.toLocaleString("en-US")} {columns.length === 1 ? "column was" : "columns were"} left out
      </Title>
      <Text c="dimmed" mb={6}>
        What they hold is kept with the rows. Give a column a field, and it arrives now.
      </Text>
      <div className="panel">
        <Table layout="fixed">
          <Table.Tbody>
            {columns.map((c) => (
              <Table.Tr key={c}>
                <Table.Td fw={550} style={{ overflowWrap: "anywhere" }}>
                  {c}
                  {c === of.employer_column && (
                    <Text size="xs" c="dimmed" fw={400}>
                      names each person's company
                    </Text>
                  )}
                </Table.Td>
                <Table.Td w={{ base: "58%", sm: 300 }}>
                  <Select
                    aria-label={`Field of ${c}`}
                    searchable
                    allowDeselect={false}
                    value={chosen[c] ?? ""}
                    onChange={(f) => setChosen({ ...chosen, [c]: f ?? "" })}
                    data={[
                      { value: "", label: "Leave it out" },
                      ...(fields.some((f) => f.field === fieldKey(c)) || fieldKey(c) === ""
                        ? []
                        : [{ value: fieldKey(c), label: `New field: ${c}` }]),
                      { group: "Fields", items: fields.map((f) => ({ value: f.field, label: f.label })) },
                    ]}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {twice && (
        <Text c="red" role="alert">
          More than one column goes into a field. Leave all but one out.
        </Text>
      )}
      <ErrorNote error={guarded.error} />
      <Group mt={8}>
        <May to="edit">
          <Button variant="default" onClick={guarded.run} loading={guarded.busy} disabled={n === 0 || twice}>
            {n === 1 ? "Bring 1 column in" : `Bring ${n} columns in`}
          </Button>
        </May>
      </Group>
      {guarded.ask({ title: "This would spend", action: "Bring them in and let them buy" })}
    </section>
  );
}

import { Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { mapPreviewQuery, useMapImport } from "../../api/queries/imports";
import { fieldsQuery } from "../../api/queries/records";
import { Dialog } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/ErrorNote";
import { types } from "../../ui/fieldTypes";
import { useGuarded } from "../../ui/Guarded";
import { grouped } from "../../ui/grouped";
import { fieldKey } from "../../ui/names";
import { May } from "../../ui/Permitted";
import { Picker } from "../../ui/Picker";
import { count } from "../../ui/time";
import { Aside } from "./Aside";
import { NewValues } from "./NewValues";
import { Rejects } from "./Rejects";
import { WouldChange } from "./WouldChange";

/** Columns that have no field: what they hold is kept with the rows, and can be given one. */
export function LeftOut({ of }: { of: Schemas["ImportView"] }) {
  const columns = of.unmapped ?? [];
  const fields = useQuery(fieldsQuery(of.entity)).data?.items ?? [];
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const go = useNavigate();
  const map = useMapImport();
  const mapping = Object.fromEntries(Object.entries(chosen).filter(([c, f]) => f !== "" && columns.includes(c)));
  const n = Object.keys(mapping).length;
  const [looking, setLooking] = useState(false);
  const preview = useQuery({ ...mapPreviewQuery(of.id, mapping), enabled: looking && n > 0 });
  const guarded = useGuarded(
    (confirm) => map.mutateAsync({ id: of.id, map: mapping, confirm }),
    (v) => void go({ to: "/import", search: { id: v.id } }),
  );
  if (columns.length === 0 || of.id === 0 || of.state === "undone") return null;
  const twice = Object.values(mapping).some((f, i, all) => all.indexOf(f) !== i);
  return (
    <section>
      <Title order={2} mb={6}>
        {grouped(columns.length)} {columns.length === 1 ? "column was" : "columns were"} left out
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
                  <Picker
                    aria-label={`Field of ${c}`}
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
      <Group mt={8}>
        <May to="edit">
          <Button variant="default" onClick={() => setLooking(true)} disabled={n === 0 || twice}>
            {n === 1 ? "Bring 1 column in" : `Bring ${n} columns in`}
          </Button>
        </May>
      </Group>
      <Dialog
        opened={looking}
        onClose={() => setLooking(false)}
        size="xl"
        title={n === 1 ? "Bring 1 column in?" : `Bring ${n} columns in?`}
      >
        <Stack gap="md">
          {preview.isPending && <Text>Reading the rows that were kept; nothing is written yet…</Text>}
          <ErrorNote error={preview.error ?? guarded.error} />
          {preview.data && <WouldMap of={preview.data} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setLooking(false)}>
              Cancel
            </Button>
            <Button onClick={guarded.run} loading={guarded.busy} disabled={!preview.data}>
              {n === 1 ? "Bring it in" : "Bring them in"}
            </Button>
          </Group>
        </Stack>
      </Dialog>
      {guarded.ask({ title: "This would spend", action: "Bring them in and let them buy" })}
    </section>
  );
}

/** A dry run: which fields would be made, and which values would change. */
function WouldMap({ of }: { of: Schemas["ImportView"] }) {
  const made = of.new_fields ?? [];
  const name = (t: Schemas["NewField"]["type"]) => types.find(([is]) => is === t)?.[1] ?? t;
  return (
    <>
      <Text>
        {count(of.updated, "record", "records")} would change, {grouped(of.unchanged)} stay as they are.
        {made.length > 0 &&
          ` New: ${made.map((f) => `${f.label} (${[name(f.type), f.currency].filter(Boolean).join(", ")})`).join(", ")}.`}
      </Text>
      <WouldChange of={of} />
      <Aside of={of} />
      <NewValues of={of} />
      <Rejects of={of} />
    </>
  );
}

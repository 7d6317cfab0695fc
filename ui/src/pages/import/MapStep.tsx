import { Button, Group, NumberInput, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { fieldsQuery } from "../../api/queries/records";
import { ErrorNote } from "../../ui/ErrorNote";
import { types } from "../../ui/fieldTypes";
import { Picker } from "../../ui/Picker";
import { count } from "../../ui/time";
import { HowRead } from "./HowRead";
import type { FieldType, StepProps } from "./ImportPage";
import classes from "./ImportPage.module.css";
import { guessed, isGuess, newField } from "./options";
import { look } from "./sample";

/** Which column goes into which field, beside what the columns hold. */
export function MapStep({ plan, change, next, back }: StepProps) {
  const fields = useQuery(fieldsQuery(plan.entity)).data?.items ?? [];
  const { columns = [], rows = [] } = plan.sample ?? {};
  const set = (column: string, field: string) => change({ mapping: { ...plan.mapping, [column]: field } });
  const used = Object.entries(plan.mapping);
  const mapped = used.filter(([, f]) => f !== "").length;
  const made = used.filter(([, f]) => f === "+").length;
  const noCurrency = used.some(([c, f]) => f === "+" && lacksCurrency(newField(plan, c)));
  const twice = used.find(([c, f]) => f && f !== "+" && used.some(([d, g]) => d !== c && g === f));
  /** What a column holds, by its first values. */
  const held = (i: number) =>
    rows
      .map((r) => r[i])
      .filter(Boolean)
      .slice(0, 3)
      .join(" · ") || "blank";
  return (
    <Stack gap="md">
      <Text>
        {mapped === columns.length
          ? `${mapped === 1 ? "The one column" : `All ${count(mapped, "column")}`} will be imported`
          : `${mapped} of ${count(columns.length, "column")} will be imported`}
        {made > 0 && `, ${made} of them in ${made === 1 ? "a new field" : "new fields"}`}. What is left out is kept with
        its row, and can be given a field later.
      </Text>
      <HowRead plan={plan} change={change} />
      <HeadingLine plan={plan} change={change} />
      <div className="panel">
        <Table layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Column of the file</Table.Th>
              <Table.Th visibleFrom="sm">Holds</Table.Th>
              <Table.Th w={{ base: "58%", sm: 400 }}>Goes into</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {columns.map((column, i) => {
              const field = plan.mapping[column] ?? "";
              return (
                <Table.Tr key={`${column} ${i}`}>
                  <Table.Td fw={550}>
                    <Text inherit lineClamp={2} title={column} style={{ overflowWrap: "anywhere" }}>
                      {column}
                    </Text>
                    <Text c="dimmed" size="xs" truncate hiddenFrom="sm">
                      {held(i)}
                    </Text>
                  </Table.Td>
                  <Table.Td visibleFrom="sm">
                    <Text c="dimmed" size="xs" truncate>
                      {held(i)}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    <div className={classes.goes}>
                      <Picker
                        aria-label={`Field of ${column}`}
                        allowDeselect={false}
                        style={{ flex: "1 1 150px" }}
                        value={field}
                        onChange={(v) => set(column, v ?? "")}
                        data={[
                          { value: "", label: "Leave it out" },
                          { value: "+", label: `New field: ${newField(plan, column).label}` },
                          { group: "Fields", items: fields.map((f) => ({ value: f.field, label: f.label })) },
                        ]}
                      />
                      {field === "+" && <TypeOf plan={plan} change={change} column={column} />}
                    </div>
                    {isGuess(plan, column, fields.find((f) => f.field === field)?.label ?? "") && (
                      <Text c="dimmed" size="xs" mt={2}>
                        {guessed(field)}
                      </Text>
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
      {twice && (
        <Text c="red" role="alert">
          More than one column goes into {twice[1]}. Leave all but one out.
        </Text>
      )}
      <Group className={classes.acts}>
        <Button variant="default" onClick={back}>
          Back
        </Button>
        <Button onClick={next} disabled={mapped === 0 || !!twice || noCurrency}>
          Next: how records match
        </Button>
      </Group>
    </Stack>
  );
}

const lacksCurrency = (f: { type: FieldType; currency: string }) =>
  f.type === "currency" && !/^[A-Z]{3}$/.test(f.currency);

/** The type of a column's own field, and the currency of amounts. */
function TypeOf({ plan, change, column }: Pick<StepProps, "plan" | "change"> & { column: string }) {
  const made = newField(plan, column);
  return (
    <>
      <Select
        aria-label={`Type of ${column}`}
        allowDeselect={false}
        className={classes.type}
        value={made.type}
        onChange={(v) => v && change({ types: { ...plan.types, [column]: v as FieldType } })}
        data={types.map(([value, label]) => ({ value, label }))}
      />
      {made.type === "currency" && (
        <TextInput
          aria-label={`Currency of ${column}`}
          placeholder="EUR"
          title="The ISO code of the currency, such as EUR"
          w={62}
          maxLength={3}
          value={made.currency}
          error={lacksCurrency(made)}
          onChange={(e) =>
            change({ currencies: { ...plan.currencies, [column]: e.currentTarget.value.toUpperCase() } })
          }
        />
      )}
    </>
  );
}

/** Where the columns are named, for a file with lines above them. */
function HeadingLine({ plan, change }: Pick<StepProps, "plan" | "change">) {
  const again = useMutation({
    mutationFn: async (line: number) => {
      if (!plan.file) return;
      change({ skipLines: line - 1, ...(await look(plan.entity, plan.file, { ...plan, skipLines: line - 1 })) });
    },
  });
  const line = plan.sample?.headingLine ?? 1;
  return (
    <>
      <Group gap="xs" align="center">
        <Text id="heading-line">The columns are named in line</Text>
        <NumberInput
          key={`${line} ${again.submittedAt}`}
          aria-labelledby="heading-line"
          w={76}
          min={1}
          allowDecimal={false}
          defaultValue={line}
          disabled={again.isPending}
          onBlur={(e) => {
            const said = Number(e.currentTarget.value);
            if (said >= 1 && said !== line) again.mutate(said);
          }}
          onKeyDown={(e) => e.key === "Enter" && e.currentTarget.blur()}
        />
        {line > 1 && <Text c="dimmed">What is above it is not imported.</Text>}
      </Group>
      <ErrorNote error={again.error} />
    </>
  );
}

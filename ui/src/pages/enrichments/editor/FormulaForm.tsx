import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { StepBody } from "./draft";
import { useFault } from "./fault";
import { expressions, type Known } from "./known";

type Props = { at: string; step: StepBody; onChange: (s: StepBody) => void };

/** A formula step, `at` its place in the definition: each output an expression over the record, free. */
export function FormulaForm({ at, step, onChange, ...known }: Known & Props) {
  const fault = useFault();
  const formula = Object.entries((step.formula ?? {}) as Record<string, string>);
  const set = (entries: [string, string][]) => onChange({ ...step, formula: Object.fromEntries(entries) });
  return (
    <Stack gap={6}>
      {formula.map(([name, cel], i) => (
        <Group key={i} gap={6} wrap="nowrap" align="flex-start">
          <TextInput
            aria-label="Output name"
            w={150}
            value={name}
            onChange={(e) =>
              set(formula.map((x, j) => (j === i ? [e.currentTarget.value.replace(/\W/g, "_"), cel] : x)))
            }
          />
          <TextInput
            aria-label={`Expression of ${name}`}
            style={{ flex: 1 }}
            value={cel}
            error={fault(`${at}.formula.${name}`)}
            placeholder='first_name + "." + last_name'
            onChange={(e) => set(formula.map((x, j) => (j === i ? [name, e.currentTarget.value] : x)))}
          />
          <ActionIcon aria-label={`Remove ${name}`} onClick={() => set(formula.filter((_, j) => j !== i))}>
            <IconX size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Button
        variant="subtle"
        leftSection={<IconPlus size={14} />}
        style={{ alignSelf: "flex-start" }}
        onClick={() => set([...formula, [`value_${formula.length + 1}`, ""]])}
      >
        Another output
      </Button>
      <Text size="xs" c="dimmed">
        Fields: {expressions(known).slice(0, 12).join(", ")}…
      </Text>
    </Stack>
  );
}

import { Group, Stack, Text } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { Bar } from "../../../ui/Bar";
import { grouped } from "../../../ui/grouped";
import { count } from "../../../ui/time";
import { outcomeColor } from "../outcomes";

type Estimate = Schemas["Estimate"];

const parts = [
  { key: "to_run", label: "to buy", color: "var(--mantine-primary-color-filled)" },
  { key: "reused", label: "bought already, free", color: outcomeColor("reused") },
  { key: "computed", label: "worked out, free", color: outcomeColor("found") },
  { key: "known_not_found", label: "known not found, free", color: outcomeColor("known_not_found") },
  { key: "filled", label: "already had a value, free", color: outcomeColor("filled") },
  { key: "skipped", label: "skipped", color: outcomeColor("skipped") },
  { key: "missing_input", label: "missing input", color: outcomeColor("missing_input") },
  { key: "taken_back", label: "taken back: left alone", color: outcomeColor("taken_back") },
  { key: "waiting", label: "held by another call", color: outcomeColor("waiting") },
] as const;

/** The audience's rows by what starting would do with them; they add up. */
export function EstimateRows({ of }: { of: Estimate }) {
  const shown = parts.filter((p) => of[p.key] > 0);
  return (
    <Stack gap={6}>
      <Bar
        height={10}
        total={of.audience_rows}
        label={`${count(of.audience_rows, "record")}: ${shown.map((p) => `${of[p.key]} ${p.label}`).join(", ")}`}
        parts={shown.map((p) => ({ value: of[p.key], color: p.color, label: p.label }))}
      />
      <Group gap="md">
        <Text className="tabular" fw={550}>
          {count(of.audience_rows, "record")}
        </Text>
        {shown.map((p) => (
          <Group key={p.key} gap={6}>
            <span style={{ width: 8, height: 8, borderRadius: 2, background: p.color }} />
            <Text className="tabular">
              {grouped(of[p.key])} {p.label}
            </Text>
          </Group>
        ))}
      </Group>
    </Stack>
  );
}

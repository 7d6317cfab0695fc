import { NumberInput, SimpleGrid, Stack, Text } from "@mantine/core";
import type { Draft } from "./draft";

type Levels = NonNullable<Draft["guards"]>;

/** What stops the enrichment before money is gone. The levels are those of the server where nothing is said. */
const guards: { key: keyof Levels; label: string; unit: string; level: number; max: number }[] = [
  { key: "again", label: "One cell bought again", unit: "times in a day that nobody asked for", level: 3, max: 1000 },
  { key: "entering", label: "Records entering", unit: "times the highest day of the last 14", level: 5, max: 1000 },
  { key: "price", label: "Price of a row", unit: "times the median of the last 200 rows", level: 2, max: 1000 },
  { key: "failed", label: "Failed rows", unit: "% of the last 50", level: 50, max: 100 },
  { key: "not_found", label: "Not found", unit: "points more of the last 100 than before", level: 30, max: 100 },
];

/** The guards of an enrichment: what they watch, and from which level they act. */
export function Guards({ draft, onChange }: { draft: Draft; onChange: (part: Partial<Draft>) => void }) {
  const of = draft.guards ?? {};
  const set = (key: keyof Levels, v: number | string) => {
    const next = { ...of };
    if (v === "") delete next[key];
    else next[key] = Number(v);
    onChange({ guards: Object.keys(next).length ? next : undefined });
  };
  const changed = guards.filter((g) => of[g.key] !== undefined);
  return (
    <details>
      <summary>
        Safety stops:{" "}
        {changed.length === 0
          ? "the usual ones"
          : changed.map((g) => `${g.label.toLowerCase()} ${of[g.key] === 0 ? "off" : of[g.key]}`).join(", ")}
      </summary>
      <Stack gap="xs" mt="xs">
        <Text c="dimmed" size="sm">
          Where something is as unusual as this, it sets the row aside or pauses, says what it saw, and asks. Empty: the
          usual level. 0: off.
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          {guards.map((g) => (
            <NumberInput
              key={g.key}
              label={g.label}
              description={g.unit}
              placeholder={String(g.level)}
              min={0}
              max={g.max}
              allowDecimal={false}
              value={of[g.key] ?? ""}
              onChange={(v) => set(g.key, v)}
            />
          ))}
        </SimpleGrid>
      </Stack>
    </details>
  );
}

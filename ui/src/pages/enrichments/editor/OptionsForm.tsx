import { Checkbox, NumberInput, SimpleGrid, TextInput } from "@mantine/core";
import type { Schemas } from "../../../api/client";

type Props = {
  params: Schemas["Param"][];
  value: Record<string, unknown>;
  onChange: (v: Record<string, unknown> | undefined) => void;
};

/** The operation's own options, each by its type. */
export function OptionsForm({ params, value, onChange }: Props) {
  if (params.length === 0) return null;
  const set = (name: string, v: unknown) => {
    const next = { ...value };
    if (v === "" || v === undefined) delete next[name];
    else next[name] = v;
    onChange(Object.keys(next).length ? next : undefined);
  };
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }} spacing="sm" style={{ alignItems: "end" }}>
      {params.map((p) => {
        const label = p.label || p.name;
        const fallback = p.default === undefined || p.default === null ? "" : String(p.default);
        if (p.type === "boolean") {
          return (
            <Checkbox
              key={p.name}
              label={label}
              checked={Boolean(value[p.name] ?? p.default)}
              onChange={(e) => set(p.name, e.currentTarget.checked)}
            />
          );
        }
        if (p.type === "number") {
          return (
            <NumberInput
              key={p.name}
              label={label}
              placeholder={fallback}
              value={(value[p.name] as number | undefined) ?? ""}
              onChange={(v) => set(p.name, v === "" ? "" : Number(v))}
            />
          );
        }
        return (
          <TextInput
            key={p.name}
            label={label}
            placeholder={fallback}
            value={String(value[p.name] ?? "")}
            onChange={(e) => set(p.name, e.currentTarget.value)}
          />
        );
      })}
    </SimpleGrid>
  );
}

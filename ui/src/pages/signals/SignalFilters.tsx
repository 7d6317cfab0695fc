import { Checkbox, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { audiencesQuery } from "../../api/queries/audiences";
import { type Signal, type SignalsOf, signalRulesQuery } from "../../api/queries/signals";
import { called } from "../../ui/labels";
import { Picker } from "../../ui/Picker";
import { choices, plainWord } from "../../ui/signalWords";

const kinds = ["moved", "retitled", "left"];
const times = [
  { value: "1d", label: "a day" },
  { value: "7d", label: "7 days" },
  { value: "30d", label: "30 days" },
  { value: "90d", label: "90 days" },
  { value: "365d", label: "a year" },
];

/** What the list is narrowed to. `items` are on screen: they may be of types that no rule has. */
export function SignalFilters({ of, items, set }: { of: SignalsOf; items: Signal[]; set: (of: SignalsOf) => void }) {
  const rules = useQuery(signalRulesQuery).data?.items ?? [];
  const audiences = useQuery(audiencesQuery).data?.items ?? [];
  const words = (list: string[]) => list.map((value) => ({ value, label: plainWord(value) }));
  const types = choices([...rules.map((r) => r.type), ...items.map((s) => s.type)], of.type);
  const since =
    times.some((t) => t.value === of.since) || !of.since ? times : [...times, { value: of.since, label: of.since }];
  const one = (
    label: string,
    key: Exclude<keyof SignalsOf, "entity" | "retracted" | "record">,
    data: React.ComponentProps<typeof Picker>["data"],
    w: number,
  ) => (
    <Picker
      label={label}
      w={w}
      clearable
      placeholder="Any"
      data={data}
      value={of[key] ?? null}
      onChange={(v) => set({ ...of, [key]: v ?? undefined })}
    />
  );
  return (
    <Group gap="sm" mb="md" align="end">
      <Select
        label="Records"
        w={130}
        clearable
        placeholder="All"
        data={[
          { value: "people", label: "People" },
          { value: "companies", label: "Companies" },
        ]}
        value={of.entity ?? null}
        onChange={(v) => set({ ...of, entity: (v as SignalsOf["entity"]) ?? undefined })}
      />
      {one("Type", "type", words(types), 150)}
      {one("Kind", "kind", words(choices([...kinds, ...items.map((s) => s.kind)], of.kind)), 130)}
      {one(
        "Rule",
        "rule",
        choices(
          rules.map((r) => r.name),
          of.rule,
        ).map((value) => ({ value, label: called(value, rules) })),
        160,
      )}
      {one(
        "Audience",
        "audience",
        choices(
          audiences.map((a) => a.name),
          of.audience,
        ).map((value) => ({ value, label: called(value, audiences) })),
        170,
      )}
      {one("Learned within", "since", since, 150)}
      <Checkbox
        label="Retracted too"
        pb={7}
        checked={of.retracted ?? false}
        onChange={(e) => set({ ...of, retracted: e.currentTarget.checked || undefined })}
      />
    </Group>
  );
}

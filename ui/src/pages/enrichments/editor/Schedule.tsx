import { Group, Select, Stack, Text, TextInput } from "@mantine/core";
import type { Draft } from "./draft";
import { useFault } from "./fault";

type Plan = NonNullable<Draft["schedule"]>;

const periods = [
  { value: "15m", label: "15 minutes" },
  { value: "1h", label: "hour" },
  { value: "6h", label: "6 hours" },
  { value: "1d", label: "day" },
  { value: "7d", label: "7 days: on Mondays, unless counted from another day" },
  { value: "14d", label: "14 days" },
  { value: "30d", label: "30 days" },
];

/** The periods to choose from, with the one that is set: a file may say any. */
const periodsWith = (set?: string) =>
  !set || periods.some((p) => p.value === set) ? periods : [...periods, { value: set, label: set }];

const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** When what is due may leave: at once, or at the ticks of a schedule. It makes nothing due. */
export function Schedule({ draft, onChange }: { draft: Draft; onChange: (part: Partial<Draft>) => void }) {
  const of = draft.schedule;
  const fault = useFault();
  const kind = !of ? "now" : of.cron === undefined ? "every" : "cron";
  const set = (part: Partial<Plan>) => {
    const next = { ...of, ...part };
    for (const key of ["at", "from", "zone"] as const) if (!next[key]) delete next[key];
    onChange({ schedule: next });
  };
  const begin = (k: string | null) =>
    onChange({
      schedule:
        k === "every"
          ? { every: "1d", at: "06:00", zone: of?.zone ?? here() }
          : k === "cron"
            ? { cron: "0 6 * * 1", zone: of?.zone ?? here() }
            : undefined,
    });
  return (
    <Stack gap={6}>
      <Select
        label="When new and changed records are asked about"
        data={[
          { value: "now", label: "at once" },
          { value: "every", label: "at set times" },
          { value: "cron", label: "at the times of a cron line" },
        ]}
        value={kind}
        allowDeselect={false}
        onChange={begin}
      />
      {of && (
        <>
          <Group gap="xs" align="flex-start">
            {kind === "every" ? (
              <>
                <Select
                  label="Every"
                  error={fault("schedule.every")}
                  data={periodsWith(of.every)}
                  value={of.every ?? null}
                  allowDeselect={false}
                  onChange={(every) => set({ every: every ?? "1d" })}
                />
                <TextInput
                  label="At"
                  error={fault("schedule.at")}
                  w={90}
                  placeholder="00:00"
                  value={of.at ?? ""}
                  onChange={(e) => set({ at: e.currentTarget.value })}
                />
                <TextInput
                  label="Counted from"
                  error={fault("schedule.from")}
                  w={130}
                  placeholder="2026-11-30"
                  value={of.from ?? ""}
                  onChange={(e) => set({ from: e.currentTarget.value })}
                />
              </>
            ) : (
              <TextInput
                label="Cron"
                error={fault("schedule.cron")}
                w={160}
                value={of.cron ?? ""}
                onChange={(e) => set({ cron: e.currentTarget.value })}
              />
            )}
            <TextInput
              label="Time zone"
              error={fault("schedule.zone")}
              w={180}
              placeholder="UTC"
              value={of.zone ?? ""}
              onChange={(e) => set({ zone: e.currentTarget.value })}
            />
          </Group>
          <Text size="xs" c="dimmed">
            What enters, changes or is to be bought again collects, and leaves from each of these times until nothing is
            left. Each is a run: a limit for each run is how much one may buy.
          </Text>
        </>
      )}
    </Stack>
  );
}

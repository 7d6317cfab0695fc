import { Checkbox, Group, Radio, Select, SimpleGrid, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Entity } from "../../../api/client";
import { grouped } from "../../../ui/grouped";
import { useCreditUSD } from "../../../ui/MoneyText";
import { CelEditor } from "../../audiences/builder/CelEditor";
import { useReadables } from "../../audiences/builder/useReadables";
import { useLiveCount } from "../../audiences/FilterEditor";
import { periods } from "../dialogs/LimitForm";
import { LimitWords } from "../dialogs/LimitWords";
import { creditsError, recordsError } from "../dialogs/limitInput";
import type { Draft } from "./draft";
import { useFault } from "./fault";
import { Guards } from "./Guards";
import { Schedule } from "./Schedule";

type Props = { entity: Entity; draft: Draft; onChange: (part: Partial<Draft>) => void };

const intervals = [
  { value: "never", label: "never" },
  { value: "30d", label: "after 30 days" },
  { value: "90d", label: "after 90 days" },
  { value: "180d", label: "after 180 days" },
  { value: "365d", label: "after a year" },
];

/** The intervals to choose from, with the one that is set: a file may say any. */
const intervalsWith = (set?: string) =>
  !set || intervals.some((i) => i.value === set) ? intervals : [...intervals, { value: set, label: `after ${set}` }];

/** What it may overwrite, when it runs, what it follows, and its limit. */
export function Conduct({ entity, draft, onChange }: Props) {
  return (
    <Stack gap="md">
      <Radio.Group
        label="What may it overwrite?"
        value={draft.write ?? "fill_blanks"}
        onChange={(write) => onChange({ write: write as Draft["write"] })}
      >
        <Stack gap={6} mt={6}>
          <Radio value="fill_blanks" label="Nothing: only fill blanks" />
          <Radio value="overwrite" label="Imported and bought values, but never one set by hand" />
          <Radio value="overwrite_all" label="Every value, even those set by hand" />
        </Stack>
      </Radio.Group>
      <Condition entity={entity} value={draft.when ?? ""} onChange={(when) => onChange({ when: when || undefined })} />
      <Switch
        label="Follow the audience: records that enter it later are bought as they come, within the limit"
        checked={draft.follow ?? true}
        onChange={(e) => onChange({ follow: e.currentTarget.checked })}
      />
      <LimitPart draft={draft} onChange={onChange} />
      <More entity={entity} draft={draft} onChange={onChange} />
    </Stack>
  );
}

/** Whether something behind "More" is not as it is for a new enrichment. */
const changed = (d: Draft) =>
  [d.refresh, d.not_found_retry, d.rerun_on].some((v) => v && v !== "never") ||
  Boolean(d.allow_shared_keys || d.loop || d.schedule || d.guards || d.unknown === "write_off");

/** What few enrichments need: buying again, shared keys, times, safety stops. */
function More({ draft, onChange }: Props) {
  const fault = useFault();
  const [opened, setOpened] = useState(() => changed(draft));
  const wrong = ["refresh", "not_found_retry", "rerun_on", "loop", "schedule", "guards"].some((key) => fault(key));
  const wrongTime = ["every", "at", "from", "cron", "zone"].some((key) => fault(`schedule.${key}`));
  return (
    <details open={opened || wrong || wrongTime} onToggle={(e) => setOpened(e.currentTarget.open)}>
      <summary>More: buying again, set times, safety stops</summary>
      <Stack gap="md" mt="sm">
        <Switch
          label="Ask even where all that is known is shared with other records"
          description="For instance a domain that several companies use. Otherwise such records are left out: nobody would know whose the answer is."
          checked={draft.allow_shared_keys ?? false}
          onChange={(e) => onChange({ allow_shared_keys: e.currentTarget.checked || undefined })}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <Select
            label="Buy again"
            error={fault("refresh")}
            data={intervalsWith(draft.refresh)}
            value={draft.refresh || "never"}
            allowDeselect={false}
            onChange={(v) => onChange({ refresh: v ?? "never" })}
          />
          <Select
            label="Ask again where nothing was found"
            error={fault("not_found_retry")}
            data={intervalsWith(draft.not_found_retry)}
            value={draft.not_found_retry || "never"}
            allowDeselect={false}
            onChange={(v) => onChange({ not_found_retry: v ?? "never" })}
          />
          <Select
            label="Buy again when"
            error={fault("rerun_on")}
            data={[
              { value: "never", label: "never: keep what was bought" },
              { value: "inputs", label: "inputs change" },
              { value: "signal", label: "a record gets a new signal" },
            ]}
            value={draft.rerun_on || "never"}
            allowDeselect={false}
            onChange={(v) => onChange({ rerun_on: (v ?? "never") as Draft["rerun_on"] })}
          />
          {draft.rerun_on && draft.rerun_on !== "never" && (
            <Select
              label="If it comes back through others"
              error={fault("loop")}
              description="Enrichments that feed each other need a bound."
              data={[
                { value: "0", label: "refuse such a loop" },
                { value: "1", label: "let it come back once" },
                { value: "2", label: "let it come back twice" },
                { value: "5", label: "let it come back 5 times" },
              ]}
              value={String(draft.loop ?? 0)}
              allowDeselect={false}
              onChange={(v) => onChange({ loop: Number(v) || undefined })}
            />
          )}
          <Select
            label="If a call breaks off and may have been billed"
            data={[
              { value: "hold", label: "keep its price reserved until somebody decides" },
              { value: "write_off", label: "count it as spent and go on" },
            ]}
            value={draft.unknown || "hold"}
            allowDeselect={false}
            onChange={(v) => onChange({ unknown: (v ?? "hold") as Draft["unknown"] })}
          />
        </SimpleGrid>
        <Schedule draft={draft} onChange={onChange} />
        <Guards draft={draft} onChange={onChange} />
      </Stack>
    </details>
  );
}

/** Which records are asked about, with how many of them there are. */
function Condition({ entity, value, onChange }: { entity: Entity; value: string; onChange: (when: string) => void }) {
  const { readables } = useReadables(entity);
  const { count, all, error } = useLiveCount(entity, value);
  return (
    <div>
      <CelEditor
        entity={entity}
        label="Only run if"
        description='As in: filled(name) && company.location != "Berlin". Empty: every record. The others cost nothing.'
        minRows={1}
        value={value}
        onChange={onChange}
        readables={readables}
        error={error}
      />
      {value.trim() !== "" && !error && count !== undefined && (
        <Text size="xs" c="dimmed" mt={4} className="tabular" aria-live="polite">
          {grouped(count)} of {all === undefined ? "…" : grouped(all)} {entity} match.
        </Text>
      )}
    </div>
  );
}

function LimitPart({ draft, onChange }: Pick<Props, "draft" | "onChange">) {
  const usd = useCreditUSD();
  const fault = useFault();
  const limit = draft.limit ?? {};
  const [records, setRecords] = useState(String(limit.records ?? "")); // in the draft it is NaN while it is no number
  const set = (part: Partial<NonNullable<Draft["limit"]>>) => {
    const next = { ...limit, ...part };
    if (!next.credits) delete next.credits;
    if (next.records === undefined) delete next.records;
    onChange({ limit: next.none || next.credits || next.records !== undefined ? next : undefined });
  };
  return (
    <Stack gap={6}>
      <Text fw={550}>Credit spend limit</Text>
      <Text size="xs" c="dimmed">
        It is never exceeded, and nothing is bought before one is set. It can wait for the next page, where the price of
        these rows is known.
      </Text>
      {fault("limit") && (
        <Text c="red" size="xs" role="alert">
          {fault("limit")}
        </Text>
      )}
      <Group gap="xs" align="flex-start">
        <TextInput
          label="Credits"
          w={120}
          inputMode="decimal"
          disabled={limit.none}
          value={limit.credits ?? ""}
          placeholder="1000"
          error={!limit.none && creditsError(limit.credits ?? "")}
          onChange={(e) => set({ credits: e.currentTarget.value })}
        />
        <TextInput
          label="Records"
          w={120}
          inputMode="numeric"
          disabled={limit.none}
          value={limit.none ? "" : records}
          placeholder="any"
          error={!limit.none && recordsError(records)}
          onChange={(e) => {
            const text = e.currentTarget.value;
            setRecords(text);
            set({ records: recordsError(text) ? Number.NaN : Number(text) || undefined });
          }}
        />
        <Select
          label="Counted"
          w={170}
          data={periods}
          disabled={limit.none}
          value={limit.per || "lifetime"}
          allowDeselect={false}
          onChange={(v) => set({ per: (v ?? "lifetime") as "lifetime" })}
        />
      </Group>
      <LimitWords credits={limit.none ? "" : (limit.credits ?? "")} per={limit.per ?? "lifetime"} usd={usd} />
      <Checkbox
        label="No limit: it may spend whatever its rows cost"
        checked={limit.none ?? false}
        onChange={(e) => {
          setRecords("");
          onChange({ limit: e.currentTarget.checked ? { none: true } : {} });
        }}
      />
    </Stack>
  );
}

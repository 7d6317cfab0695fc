import { Pill, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { enrichmentsQuery } from "../../api/queries/enrichments";
import type { JournalOf } from "../../api/queries/money";
import { providersQuery } from "../../api/queries/providers";
import { called } from "../../ui/labels";
import { Picker } from "../../ui/Picker";
import { causeLabel } from "../enrichments/outcomes";

const kinds = [
  { value: "settle", label: "charged" },
  { value: "grant", label: "granted" },
  { value: "reserve", label: "reserved" },
  { value: "release", label: "released" },
  { value: "unknown", label: "may have been billed" },
  { value: "resolve", label: "resolved" },
  { value: "late", label: "billed late" },
];
const causes = ["start", "entered", "input_changed", "refresh", "retry", "rerun", "pilot", "signal", "poll"] as const;

type Props = { of: JournalOf; fixed?: JournalOf; set: (of: JournalOf) => void };

/** What the journal is narrowed to. */
export function JournalFilters({ of, fixed, set }: Props) {
  const enrichments = useQuery({ ...enrichmentsQuery, enabled: !fixed?.enrichment }).data?.items ?? [];
  const providers = useQuery(providersQuery).data?.items ?? [];
  return (
    <>
      {!fixed?.enrichment && (
        <Picker
          label="Enrichment"
          w={150}
          clearable
          data={withChosen(
            enrichments.map((e) => e.name),
            of.enrichment,
          ).map((value) => ({ value, label: called(value, enrichments) }))}
          value={of.enrichment ?? null}
          onChange={(v) => set({ ...of, enrichment: v ?? undefined, version: undefined })}
        />
      )}
      <Picker
        label="Provider"
        w={130}
        clearable
        data={withChosen(
          providers.map((p) => p.name),
          of.provider,
        ).map((value) => ({ value, label: providers.find((p) => p.name === value)?.title ?? value }))}
        value={of.provider ?? null}
        onChange={(v) => set({ ...of, provider: v ?? undefined, model: undefined })}
      />
      <Select
        label="Because"
        w={130}
        clearable
        data={causes.map((value) => ({ value, label: causeLabel(value) }))}
        value={of.cause ?? null}
        onChange={(v) => set({ ...of, cause: causes.find((c) => c === v) })}
      />
      <TextInput
        label="Record number"
        w={110}
        inputMode="numeric"
        value={of.record ?? ""}
        onChange={(e) => set({ ...of, record: Number(e.currentTarget.value) || undefined })}
      />
      <Select
        label="Kind"
        w={110}
        clearable
        placeholder="charges"
        data={kinds}
        value={of.kind ?? null}
        onChange={(v) => set({ ...of, kind: v ?? undefined })}
      />
      {(["from", "to"] as const).map((end) => (
        <TextInput
          key={end}
          type="date"
          label={end === "from" ? "From (UTC)" : "To"}
          w={132}
          value={of[end]?.slice(0, 10) ?? ""}
          onChange={(e) => set({ ...of, [end]: e.currentTarget.value || undefined })}
        />
      ))}
      <Chosen of={of} set={set} />
    </>
  );
}

/** What a link narrowed that has no control of its own. */
function Chosen({ of, set }: Pick<Props, "of" | "set">) {
  const pills: { text: string; off: Partial<JournalOf> }[] = [];
  if (of.version) pills.push({ text: `version ${of.version}`, off: { version: undefined } });
  if (of.model) pills.push({ text: of.model, off: { model: undefined } });
  if (isMoment(of.from) || isMoment(of.to)) {
    const end = of.to ? moment(of.to) : "now";
    pills.push({
      text: `${of.from ? moment(of.from) : "the beginning"} to ${end}`,
      off: { from: undefined, to: undefined },
    });
  }
  return pills.map((p) => (
    <Pill
      key={p.text}
      withRemoveButton
      removeButtonProps={{ "aria-label": `Do not narrow to ${p.text}`, "aria-hidden": false, tabIndex: 0 }}
      onRemove={() => set({ ...of, ...p.off })}
    >
      {p.text}
    </Pill>
  ));
}

const isMoment = (s?: string) => s !== undefined && s.length > 10;
const moment = (s: string) => (isMoment(s) ? new Date(s).toLocaleString() : s);

const withChosen = (names: string[], chosen?: string) =>
  chosen && !names.includes(chosen) ? [chosen, ...names] : names;

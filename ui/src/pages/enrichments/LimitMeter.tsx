import { Group, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { Bar } from "../../ui/Bar";
import { approx, formatCredits } from "../../ui/money";

const periods: Record<string, string> = { lifetime: "", day: " a day", month: " a month", run: " a run" };
export const perText = (per: string) => periods[per] ?? "";

/** Spend against a limit: what is settled, what is held, what is left. */
export function LimitMeter({ limit, held }: { limit: Schemas["LimitView"] | undefined; held?: number }) {
  if (!limit) return <Text c="dimmed">no limit set</Text>;
  if (limit.none || (limit.credits == null && limit.records == null)) {
    return <Text c="dimmed">{formatCredits(limit.used_credits)} credits, no limit</Text>;
  }
  const byRecords = limit.credits == null;
  const used = byRecords ? limit.used_records : approx(limit.used_credits);
  const total = byRecords ? (limit.records ?? 0) : approx(limit.credits);
  const text = byRecords
    ? `${limit.used_records.toLocaleString("en-US")} of ${limit.records?.toLocaleString("en-US")} records${perText(limit.per)}`
    : `${formatCredits(limit.used_credits)} of ${formatCredits(limit.credits)} credits${perText(limit.per)}`;
  const full = used >= total;
  return (
    <div style={{ minWidth: 130 }}>
      <Group justify="space-between" gap={8} wrap="nowrap">
        <Text size="xs" className="tabular" style={{ whiteSpace: "nowrap" }}>
          {text}
        </Text>
      </Group>
      <Bar
        height={4}
        total={Math.max(total, used)}
        label={text}
        parts={[
          {
            value: used - (held ?? 0),
            color: full ? "var(--fettle-failed)" : "var(--mantine-primary-color-filled)",
            label: "used",
          },
          { value: held ?? 0, color: "var(--fettle-unknown)", label: "held" },
        ]}
      />
    </div>
  );
}

import { Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { Bar } from "../../ui/Bar";
import { approx, formatCredits } from "../../ui/money";

const periods: Record<string, string> = { lifetime: "", day: " a day", month: " a month", run: " a run" };
export const perText = (per: string) => periods[per] ?? "";

/** Spend against a limit, in credits and in records where it has both: what is used, and what of it is held. */
export function LimitMeter({ limit, held }: { limit: Schemas["LimitView"] | undefined; held?: number }) {
  if (!limit) return <Text c="dimmed">no limit set</Text>;
  if (limit.none || (limit.credits == null && limit.records == null)) {
    return <Text c="dimmed">{formatCredits(limit.used_credits)} credits, no limit</Text>;
  }
  const per = perText(limit.per);
  const n = (count: number) => count.toLocaleString("en-US");
  return (
    <div style={{ minWidth: 130 }}>
      {limit.credits != null && (
        <Line
          used={approx(limit.used_credits)}
          total={approx(limit.credits)}
          held={held ?? 0}
          text={`${formatCredits(limit.used_credits)} of ${formatCredits(limit.credits)} credits${per}`}
        />
      )}
      {limit.records != null && (
        <Line
          used={limit.used_records}
          total={limit.records}
          held={0}
          text={`${n(limit.used_records)} of ${n(limit.records)} records${per}`}
        />
      )}
    </div>
  );
}

function Line({ used, total, held, text }: { used: number; total: number; held: number; text: string }) {
  const full = used >= total;
  return (
    <>
      <Text size="xs" className="tabular" style={{ whiteSpace: "nowrap" }}>
        {text}
      </Text>
      <Bar
        height={4}
        total={Math.max(total, used)}
        label={text}
        parts={[
          {
            value: used - held,
            color: full ? "var(--fettle-failed)" : "var(--mantine-primary-color-filled)",
            label: "used",
          },
          { value: held, color: "var(--fettle-unknown)", label: "held" },
        ]}
      />
    </>
  );
}

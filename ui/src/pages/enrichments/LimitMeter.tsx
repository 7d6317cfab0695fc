import { Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { Bar } from "../../ui/Bar";
import { grouped } from "../../ui/grouped";
import { approx, creditsText, formatCredits } from "../../ui/money";

const periods: Record<string, string> = { lifetime: "", day: " a day", month: " a month", run: " a run" };
export const perText = (per: string) => periods[per] ?? "";

type Props = {
  limit: Schemas["LimitView"] | undefined;
  held?: number;
  /** Nothing is left to do: a limit that is used up is in nobody's way. */
  done?: boolean;
};

/** Nothing of it is left to do, and no limit stopped it. */
export const allDone = (of: Pick<Schemas["EnrichmentView"], "remaining_rows" | "pause_reason" | "rows">) =>
  of.remaining_rows === 0 && of.rows.waiting === 0 && of.pause_reason !== "limit" && of.pause_reason !== "balance";

/** Spend against a limit, in credits and in records where it has both: what is used, and what of it is held. */
export function LimitMeter({ limit, held, done }: Props) {
  if (!limit) return <Text c="dimmed">no limit set</Text>;
  if (limit.none || (limit.credits == null && limit.records == null)) {
    return <Text c="dimmed">{creditsText(limit.used_credits)}, no limit</Text>;
  }
  const per = perText(limit.per);
  const n = (count: number) => grouped(count);
  return (
    <div style={{ minWidth: 130 }}>
      {limit.credits != null && (
        <Line
          used={approx(limit.used_credits)}
          total={approx(limit.credits)}
          held={held ?? 0}
          done={done}
          text={`${formatCredits(limit.used_credits)} of ${formatCredits(limit.credits)} credits${per}`}
        />
      )}
      {limit.records != null && (
        <Line
          used={limit.used_records}
          total={limit.records}
          held={0}
          done={done}
          text={`${n(limit.used_records)} of ${n(limit.records)} records${per}`}
        />
      )}
    </div>
  );
}

type LineProps = { used: number; total: number; held: number; text: string; done?: boolean };

function Line({ used, total, held, text, done }: LineProps) {
  const full = used >= total && !done;
  return (
    <>
      <Text size="xs" className="tabular" style={{ whiteSpace: "nowrap" }}>
        {text}
      </Text>
      <Bar
        height={4}
        total={Math.max(total, used)}
        label={full ? `${text}, used up` : text}
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

import { Text } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { aCredit, creditsText, formatMoney, micro } from "../../../ui/money";
import { count } from "../../../ui/time";

type Props = { credits: string; per: string; usd: string; of?: Schemas["EnrichmentView"]; perRow?: string };

/** A limit in credits, money and rows, while it is typed. */
export function LimitWords({ credits, per, usd, of, perRow }: Props) {
  const n = micro(credits);
  const row = micro(perRow ?? of?.estimate?.per_row_credits ?? "");
  if (n <= 0n) {
    return (
      <Text size="xs" c="dimmed">
        {aCredit(usd)} Shown in {row > 0n ? "credits, dollars and rows" : "credits and dollars"} as you type.
      </Text>
    );
  }
  const rows = row > 0n ? ` ≈ ${count(Number(n / row), "row")} at the highest price of one` : "";
  const used = of?.limit?.used_credits;
  return (
    <Text size="xs" c="dimmed" className="tabular">
      {creditsText(credits)} = {formatMoney(credits, usd)}
      {rows}.{used && per === (of?.limit?.per ?? "lifetime") ? ` ${creditsText(used)} of it are used.` : ""}
    </Text>
  );
}

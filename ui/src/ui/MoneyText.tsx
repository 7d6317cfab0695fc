import { Text, type TextProps } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { creditsQuery } from "../api/queries/money";
import { creditsText, formatMoney } from "./money";

/** What one credit of this workspace is worth in US dollars. */
export function useCreditUSD(): string {
  return useQuery(creditsQuery).data?.credit_usd ?? "0.01";
}

/** An amount in credits, with its worth in dollars beside it or as a title. */
export function Money({ credits, both, ...text }: { credits: string | null | undefined; both?: boolean } & TextProps) {
  const usd = useCreditUSD();
  return (
    <Text component="span" inherit className="tabular" title={formatMoney(credits, usd)} {...text}>
      {creditsText(credits)}
      {both ? ` (${formatMoney(credits, usd)})` : ""}
    </Text>
  );
}

import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { enrichmentsQuery } from "../../api/queries/enrichments";
import { spendQuery } from "../../api/queries/money";
import { providersQuery } from "../../api/queries/providers";
import { fromMicro, micro } from "../../ui/money";
import { asksMadeUp } from "../providers/simulated";

// Credits that went to the simulated provider bound limits as real ones do, and
// bought nothing: wherever they are counted, that is said beside them.

/** Whether a provider of the journal (sandbox, llm/sandbox@two) makes its answers up. */
export const isMadeUp = (provider: string) => asksMadeUp(provider.startsWith("llm/") ? provider : `${provider}/`);

/** The same, with those at whose address the simulated provider answers. */
export function useIsMadeUp() {
  const items = useQuery(providersQuery).data?.items;
  return (provider: string) => isMadeUp(provider) || Boolean(items?.find((p) => p.name === provider)?.simulated);
}

/** Of spend by provider, what went to those that make their answers up. */
export const madeUpOf = (by: Pick<Schemas["SpendView"], "key" | "settled_credits">[], madeUp = isMadeUp) =>
  by.filter((s) => madeUp(s.key)).reduce((n, s) => n + micro(s.settled_credits), 0n);

/** What of all that was spent was made up, in credits; undefined for nothing. */
export function useMadeUp(): string | undefined {
  const sum = madeUpOf(useQuery(spendQuery("provider")).data?.items ?? [], useIsMadeUp());
  return sum > 0n ? fromMicro(sum) : undefined;
}

/** Whether everything that an enrichment asks makes its answers up, by its name. */
export function useAllMadeUp() {
  const items = useQuery(enrichmentsQuery).data?.items;
  const madeUp = useIsMadeUp();
  const by = (operation: string) =>
    asksMadeUp(operation) || madeUp(operation) || madeUp(operation.replace(/\/[^/]*$/, ""));
  return (name: string) => {
    const steps = items?.find((e) => e.name === name)?.definition.steps.filter((s) => s.provider !== "formula") ?? [];
    return steps.length > 0 && steps.every((s) => by(s.provider));
  };
}

/** The quiet word beside credits that the simulated provider took. */
export const MadeUp = () => (
  <Text span c="dimmed" size="xs" title="The simulated provider answered: nobody was asked and nothing was billed.">
    {" simulated"}
  </Text>
);

import { SimpleGrid, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { creditsQuery } from "../../api/queries/money";
import { ErrorNote } from "../../ui/ErrorNote";
import { creditsText, formatCredits, formatMoney, micro } from "../../ui/money";
import { useMadeUp } from "./MadeUp";

/** The workspace's money in a row of numbers. */
export function Summary() {
  const { data: c, error, refetch } = useQuery(creditsQuery);
  const madeUp = useMadeUp();
  if (error) return <ErrorNote error={error} retry={refetch} />;
  if (!c) return <Skeleton h={64} />;
  const facts: { label: string; credits: string | null; means: string; always?: boolean }[] = [
    {
      label: "Left",
      credits: c.available_credits ?? null,
      means: "No balance set: only limits apply.",
      always: true,
    },
    { label: "Spent", credits: c.settled_credits, means: "", always: true },
    { label: "Reserved now", credits: c.reserved_credits, means: "The highest price of the calls in flight." },
    { label: "May have been billed", credits: c.unknown_credits, means: "Held until you resolve them." },
    {
      label: "Billed above the maximum",
      credits: c.overrun_credits,
      means: "A provider billed more than it said it would.",
    },
    { label: "Saved by reuse", credits: c.saved_credits, means: "What buying again would have cost.", always: true },
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="lg" verticalSpacing="sm">
      {facts
        .filter((f) => f.always || micro(f.credits) !== 0n)
        .map((f) => (
          <div key={f.label} title={f.means}>
            <Text c="dimmed" size="xs">
              {f.label}
            </Text>
            <Text fw={600} size="lg" className="tabular">
              {f.credits === null ? "no balance" : creditsText(f.credits)}
            </Text>
            <Text c="dimmed" size="xs" className="tabular">
              {f.credits === null ? f.means : formatMoney(f.credits, c.credit_usd)}
            </Text>
            {f.label === "Spent" && madeUp && (
              <Text
                c="dimmed"
                size="xs"
                className="tabular"
                title="It went to the simulated provider, which bills nobody."
              >
                {micro(madeUp) === micro(f.credits) ? "all" : formatCredits(madeUp)} of it simulated
              </Text>
            )}
          </div>
        ))}
    </SimpleGrid>
  );
}

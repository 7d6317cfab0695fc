import { Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { ApiError, body, client, type Schemas } from "../../../api/client";
import { keys } from "../../../api/keys";
import { useRerun } from "../../../api/queries/enrichments";
import { Confirm } from "../../../ui/Confirm";
import { Money } from "../../../ui/MoneyText";
import { creditsText } from "../../../ui/money";
import { count } from "../../../ui/time";
import { Waiting } from "../../../ui/Waiting";

type Props = { enrichment: Schemas["EnrichmentView"]; records: number[]; name: string; onClose: () => void };

/** What asking again for the records would come to; a refusal is thrown. */
async function priceOf(name: string, records: number[]): Promise<Schemas["Estimate"]> {
  try {
    await body(
      client.POST("/api/v1/enrichments/{name}/rerun", {
        params: { path: { name } },
        body: { records, confirm: false },
      }),
    );
  } catch (err) {
    if (err instanceof ApiError && err.code === "confirm" && err.details.estimate)
      return err.details.estimate as Schemas["Estimate"];
    throw err;
  }
  throw new Error("The price is not known.");
}

/** Asks an enrichment again for some records, after its price was seen. */
export function RunRows({ enrichment: e, records, name, onClose }: Props) {
  const price = useQuery({
    queryKey: [...keys.estimate, e.name, "rows", records],
    queryFn: () => priceOf(e.name, records),
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
  const rerun = useRerun();
  const est = price.data;
  const run = async () => {
    try {
      const v = await rerun.mutateAsync({ name: e.name, records, confirm: true });
      notifications.show({ message: v.state === "live" ? `${e.name} asks for it now.` : (v.message ?? "It waits.") });
      onClose();
    } catch {
      // Shown in the question.
    }
  };
  return (
    <Confirm
      opened
      title={`Run ${e.name} for ${name}?`}
      action={
        est ? (est.to_run > 0 ? `Run it, at most ${creditsText(est.high_credits)}` : "Run it, for free") : "Run it"
      }
      busy={rerun.isPending}
      disabled={!est}
      error={rerun.error ?? price.error}
      onClose={onClose}
      onConfirm={() => void run()}
    >
      {!est && !price.error && <Waiting rows={2} />}
      {est && (
        <Text>
          {est.to_run > 0
            ? `${count(est.to_run, "row is", "rows are")} asked for again, `
            : "Nothing has to be bought, "}
          at most <Money credits={est.high_credits} both />. What was bought before stays paid.
        </Text>
      )}
      {est && e.state !== "live" && <Text c="dimmed">{e.name} is not live: it asks when it is resumed.</Text>}
      <Text c="dimmed">It writes all of its fields of the row.</Text>
    </Confirm>
  );
}

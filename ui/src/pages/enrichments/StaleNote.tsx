import { Alert, Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { ApiError, type Schemas } from "../../api/client";
import { useRerun } from "../../api/queries/enrichments";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { May } from "../../ui/Permitted";
import { count } from "../../ui/time";

/** Values that an older version bought: kept, and bought again only by choice. */
export function StaleNote({ of }: { of: Schemas["EnrichmentView"] }) {
  const rerun = useRerun();
  const [price, setPrice] = useState<ApiError | null>(null);
  if (of.stale_rows === 0) return null;
  const ask = () =>
    rerun.mutate(
      { name: of.name, stale: true },
      { onError: (err) => err instanceof ApiError && err.code === "confirm" && setPrice(err) },
    );
  return (
    <Alert color="yellow" title={`${count(of.stale_rows, "value")} bought by an older version`}>
      <Text mb="xs">They stay as they are. Buying them again is a choice, with its price shown first.</Text>
      <Group>
        <May to="spend">
          <Button variant="default" onClick={ask} loading={rerun.isPending}>
            See the price of buying them again
          </Button>
        </May>
      </Group>
      {!price && <ErrorNote error={rerun.error} />}
      <Confirm
        opened={price !== null}
        title="Buy these values again?"
        action={`Buy ${count(of.stale_rows, "value")} again`}
        busy={rerun.isPending}
        onConfirm={() =>
          rerun.mutate({ name: of.name, stale: true, confirm: true }, { onSuccess: () => setPrice(null) })
        }
        onClose={() => setPrice(null)}
      >
        <Text>{price?.message}.</Text>
      </Confirm>
    </Alert>
  );
}

import { Alert, Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { ApiError, type Schemas } from "../../api/client";
import { useApprove } from "../../api/queries/enrichments";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { May, WhyNot } from "../../ui/Permitted";
import { count, readable } from "../../ui/time";

/** Rows that wait, with their price, for a person: somebody opened them who may not spend, or a guard set them aside. */
export function ApprovalNote({ of }: { of: Schemas["EnrichmentView"] }) {
  const approve = useApprove();
  const [price, setPrice] = useState<ApiError | null>(null);
  const aside = of.guard_rows ?? 0;
  const waiting = (of.approval_rows ?? 0) + aside;
  if (waiting === 0) return null;
  const ask = () =>
    approve.mutate(
      { name: of.name },
      { onError: (err) => err instanceof ApiError && err.code === "confirm" && setPrice(err) },
    );
  return (
    <Alert
      color="yellow"
      title={
        aside === waiting
          ? `A guard set ${count(aside, "row")} aside`
          : `${count(waiting, "row")} ${waiting === 1 ? "waits" : "wait"} for somebody who may spend`
      }
    >
      {waiting > aside && (
        <Text mb="xs">Somebody who may not spend changed what is in its audience. Everything else goes on.</Text>
      )}
      {aside > 0 && (
        <Text mb="xs">
          {readable(
            of.waiting_for?.find((w) => w.reason === "guard")?.detail ??
              "It would have been bought without anybody asking",
          )}
          . Everything else goes on.
        </Text>
      )}
      <Group>
        <May to="spend">
          <Button variant="default" onClick={ask} loading={approve.isPending}>
            Approve
          </Button>
        </May>
        <WhyNot to="spend" />
      </Group>
      {!price && <ErrorNote error={approve.error} />}
      <Confirm
        opened={price !== null}
        title="Let these rows run?"
        action={`Approve ${count(waiting, "row")}`}
        busy={approve.isPending}
        onConfirm={() => approve.mutate({ name: of.name, confirm: true }, { onSuccess: () => setPrice(null) })}
        onClose={() => setPrice(null)}
      >
        <Text>{price?.message}.</Text>
      </Confirm>
    </Alert>
  );
}

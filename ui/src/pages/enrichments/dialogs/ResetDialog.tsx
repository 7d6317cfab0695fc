import { List, Text } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { useReset } from "../../../api/queries/enrichments";
import { Confirm } from "../../../ui/Confirm";
import { count } from "../../../ui/time";
import { totalRows } from "../outcomes";

type Props = { of: Schemas["EnrichmentView"]; opened: boolean; onClose: () => void };

export function ResetDialog({ of, opened, onClose }: Props) {
  const reset = useReset();
  return (
    <Confirm
      opened={opened}
      title={`Reset ${of.label}?`}
      action={`Clear ${count(totalRows(of.rows), "row")}`}
      busy={reset.isPending}
      error={reset.error}
      onConfirm={() => reset.mutate({ name: of.name }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Text>
        Reset clears the list of rows, so that this enrichment can begin again, on this audience or on another.
      </Text>
      <List size="sm" spacing={4}>
        <List.Item>It deletes no value: every record keeps what was found.</List.Item>
        <List.Item>It rewinds no purchase: what was bought is reused for free.</List.Item>
        <List.Item>It gives back no spend: the limit goes on counting.</List.Item>
        <List.Item>
          Calls in flight land and are paid once; charges that may have been billed stay to be resolved.
        </List.Item>
      </List>
    </Confirm>
  );
}

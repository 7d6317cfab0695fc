import { List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { fieldsQuery } from "../../api/queries/records";
import { takeDryQuery, useTakeBack } from "../../api/queries/undo";
import { Confirm } from "../../ui/Confirm";
import { SpendTable } from "../../ui/Guarded";
import { readable } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import { sentence } from "../../ui/words";
import { type Offer, parts, type Taken } from "./say";

type Props = { of: Offer; onClose: () => void; onDone: (v: Taken) => void };

/**
 * Shows first what taking it back would come to. Only a price that was shown is
 * agreed to: one that arose since is shown first.
 */
export function TakeBack({ of, onClose, onDone }: Props) {
  const { data: would, error, isFetching, refetch } = useQuery(takeDryQuery(of.id));
  const take = useTakeBack();
  const priced = (would?.would_run?.length ?? 0) > 0;
  const told = would ? parts(would, true) : [];
  const people = useQuery(fieldsQuery("people")).data?.items ?? [];
  const companies = useQuery(fieldsQuery("companies")).data?.items ?? [];
  const called = new Map([...companies, ...people].map((f) => [f.field, f.label]));
  const confirm = async () => {
    const now = await refetch();
    if (!now.data || JSON.stringify(now.data.would_run) !== JSON.stringify(would?.would_run)) return;
    take.mutate(of.id, {
      onSuccess: (v) => {
        onDone(v);
        onClose();
      },
    });
  };
  return (
    <Confirm
      opened
      title={of.again ? `Do it again: ${of.what}?` : `Take back: ${of.what}?`}
      action={of.again ? "Do it again" : "Take it back"}
      danger={!!would?.deleted}
      busy={take.isPending || (!!would && isFetching)}
      disabled={!would || (of.id.startsWith("run-") && told.length === 0)}
      error={take.error ?? error}
      onClose={onClose}
      onConfirm={() => void confirm()}
    >
      {!would && !error && <Waiting rows={3} />}
      {would && (
        <Stack gap="xs">
          <Text>{told.join(", ") || "Nothing will change"}.</Text>
          {of.again && !priced && (
            <Text c="dimmed">It is free: values are put back as they were, and nobody is asked.</Text>
          )}
          {would.warnings?.map((w) => (
            <Text key={w} c="dimmed">
              {readable(sentence(w))}
            </Text>
          ))}
          {(would.left?.length ?? 0) > 0 && (
            <>
              <Text>These stay as they are:</Text>
              <List size="sm">
                {would.left?.slice(0, 10).map((l) => (
                  <List.Item key={`${l.record_id} ${l.field}`}>
                    Record {l.record_id}
                    {l.field && `, ${called.get(l.field) ?? l.field}`}: {l.reason}
                  </List.Item>
                ))}
              </List>
            </>
          )}
          {priced && (
            <>
              <Text>Live enrichments follow this, and would buy:</Text>
              <SpendTable spend={would.would_run ?? []} />
            </>
          )}
        </Stack>
      )}
    </Confirm>
  );
}

import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import {
  type Destination,
  destinationQuery,
  useCheckDestination,
  useDeleteDestination,
  useTurnOff,
} from "../../api/queries/flows";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { useAnyFieldLabel, useAudienceLabel } from "../../ui/labels";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import { ChangeDestination } from "./ChangeDestination";
import { CheckResult } from "./CheckResult";
import { Reach } from "./Reach";
import { SentLog } from "./SentLog";
import { TurnOn, when } from "./TurnOn";
import { looked, outcomeWords } from "./words";

type Props = {
  name: string;
  /** Whether it was made just now: the keyboard begins at what it is. */
  begins?: boolean;
  /** Hears that it was taken away. */
  onGone: () => void;
};

/** A destination: what is sent, how it is reached, the dry run, on and off, its log. */
export function DestinationPanel({ name, begins, onGone }: Props) {
  const { data: of, error, refetch } = useQuery(destinationQuery(name));
  const check = useCheckDestination(name);
  if (!of) return <ErrorNote error={error} retry={refetch} />;
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" wrap="wrap-reverse">
        <What of={of} begins={begins} />
        <Acts of={of} onGone={onGone} />
      </Group>
      <Reach of={of} />
      <Group gap="xs">
        <May to="rule">
          <Button variant="default" loading={check.isPending} onClick={() => check.mutate(looked)}>
            Dry run
          </Button>
        </May>
        <Text c="dimmed" size="sm">
          Reads what is there and counts what would be written. Nothing is written.
        </Text>
      </Group>
      <ErrorNote error={check.error} />
      {check.data && <CheckResult of={check.data} />}
      <SentLog of={of} />
    </Stack>
  );
}

function What({ of, begins }: { of: Destination; begins?: boolean }) {
  const audience = useAudienceLabel()(of.audience);
  const fields = useAnyFieldLabel();
  const begin = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (begins) begin.current?.focus();
  }, [begins]);
  const records = Object.entries(of.outcomes).map(
    ([o, n]) => `${grouped(n)} ${outcomeWords[o as keyof typeof outcomeWords]}`,
  );
  return (
    <div ref={begin} tabIndex={-1} style={{ flex: "1 1 340px", outline: "none" }}>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <Badge color={of.state === "on" ? "teal" : "gray"} variant="light" style={{ flex: "none" }}>
          {of.state}
        </Badge>
        <Text style={{ overflowWrap: "anywhere" }}>
          Sends {audience} to {of.service || "an address"} at {of.host}, {when(of)}.{" "}
          {of.write === "overwrite" ? "It writes over what is there." : "It fills only what is blank there."}
        </Text>
      </Group>
      <Text c="dimmed" size="sm">
        Sets{" "}
        {Object.entries(of.fields)
          .map(([there, ours]) => `${there} from ${fields(ours)}`)
          .join(", ")}
        .
      </Text>
      <Text c="dimmed" size="sm">
        {of.sent_at && (
          <>
            Last written <TimeAgo at={of.sent_at} />.{" "}
          </>
        )}
        {of.tried_at && of.tried_at !== of.sent_at && (
          <>
            Last tried <TimeAgo at={of.tried_at} />.{" "}
          </>
        )}
        {of.next_at && `It goes on ${new Date(of.next_at).toLocaleString()}. `}
        {of.waiting > 0 && `${grouped(of.waiting)} waiting. `}
        {records.length > 0 && `${records.join(", ")}.`}
      </Text>
      {of.reason === "restored" && <Text size="sm">It is off because this workspace was restored or copied.</Text>}
      {of.detail && (
        <Text c="red" size="sm" role="alert">
          {readable(of.detail)}
        </Text>
      )}
    </div>
  );
}

/** On and off, changing it while it is off, taking it away. */
function Acts({ of, onGone }: { of: Destination; onGone: () => void }) {
  const off = useTurnOff(of.name);
  const remove = useDeleteDestination(of.name);
  const [open, setOpen] = useState<"on" | "change" | "remove">();
  const close = () => setOpen(undefined);
  const keyless = of.needs_key && !of.has_key;
  return (
    <Stack gap={4} align="flex-end">
      <Group gap="xs">
        <May to="rule">
          <Button variant="default" onClick={() => setOpen("remove")}>
            Remove
          </Button>
        </May>
        {of.state === "on" ? (
          <May to="edit">
            <Button variant="default" loading={off.isPending} onClick={() => off.mutate(undefined)}>
              Turn it off
            </Button>
          </May>
        ) : (
          <>
            <May to="edit">
              <Button variant="default" onClick={() => setOpen("change")}>
                Change
              </Button>
            </May>
            <May to="rule">
              <Button disabled={keyless} onClick={() => setOpen("on")}>
                Turn it on
              </Button>
            </May>
          </>
        )}
      </Group>
      {of.state === "on" ? (
        <Note>Turn it off to change what it sends.</Note>
      ) : (
        keyless && <Note>It needs its key first.</Note>
      )}
      <ErrorNote error={off.error} />
      {open === "on" && <TurnOn of={of} onClose={close} />}
      {open === "change" && <ChangeDestination of={of} onClose={close} />}
      <Confirm
        opened={open === "remove"}
        title={`Remove ${of.label}?`}
        action="Remove it"
        danger
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined, { onSuccess: onGone })}
        onClose={close}
      >
        <Text>Nothing more is sent, and its log goes too. What was written at {of.host} stays there.</Text>
      </Confirm>
    </Stack>
  );
}

const Note = ({ children }: { children: string }) => (
  <Text c="dimmed" size="xs">
    {children}
  </Text>
);

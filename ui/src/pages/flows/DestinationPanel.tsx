import { Badge, Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../../api/client";
import {
  type Destination,
  destinationQuery,
  useCheckDestination,
  useSetDestination,
  useTurnOff,
  useTurnOn,
} from "../../api/queries/flows";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { May, Only } from "../../ui/Permitted";
import { readable } from "../../ui/time";
import { useTag } from "../../ui/useTag";
import { CheckResult } from "./CheckResult";
import { SentLog } from "./SentLog";
import { outcomeWords } from "./words";

/** How many records a dry run from here looks at. */
const looked = 1000;

/** A destination: what is sent, its key, the dry run, on and off, its log. */
export function DestinationPanel({ name }: { name: string }) {
  const { data: of, error, refetch } = useQuery(destinationQuery(name));
  const check = useCheckDestination(name);
  if (!of) return <ErrorNote error={error} retry={refetch} />;
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start">
        <What of={of} />
        <Switch of={of} />
      </Group>
      {of.needs_key && <Key of={of} />}
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

function What({ of }: { of: Destination }) {
  const records = Object.entries(of.outcomes).map(
    ([o, n]) => `${grouped(n)} ${outcomeWords[o as keyof typeof outcomeWords]}`,
  );
  return (
    <div>
      <Group gap="xs">
        <Badge color={of.state === "on" ? "teal" : "gray"} variant="light">
          {of.state}
        </Badge>
        <Text>
          {of.service} at {of.host}, the audience {of.audience},{" "}
          {of.write === "overwrite" ? "over what is there" : "only where it is blank there"}
        </Text>
      </Group>
      <Text c="dimmed" size="sm">
        Sets {Object.keys(of.fields).join(", ")}.{of.waiting > 0 && ` ${grouped(of.waiting)} waiting.`}
        {records.length > 0 && ` ${records.join(", ")}.`}
      </Text>
      {of.reason === "restored" && <Text size="sm">It is off because this workspace was restored or copied.</Text>}
      {of.detail && (
        <Text c="red" size="sm">
          {readable(of.detail)}
        </Text>
      )}
    </div>
  );
}

function Key({ of }: { of: Destination }) {
  const set = useSetDestination(of.name);
  const [key, setKey] = useState("");
  const tag = useTag(of.tag, key !== "");
  return (
    <Only to="rule">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          set.mutate({ key, tag }, { onSuccess: () => setKey("") });
        }}
      >
        <Group gap="xs" align="flex-end">
          <PasswordInput
            label={`Key of ${of.service}`}
            placeholder={of.has_key ? "It has one; type another to replace it" : "It has none"}
            value={key}
            onChange={(e) => setKey(e.currentTarget.value)}
            style={{ flex: 1 }}
            autoComplete="off"
          />
          <Button type="submit" variant="default" loading={set.isPending} disabled={key === ""}>
            Keep the key
          </Button>
        </Group>
        <ErrorNote error={set.error} />
      </form>
    </Only>
  );
}

/** On and off. What would be written is asked about first. */
function Switch({ of }: { of: Destination }) {
  const on = useTurnOn(of.name);
  const off = useTurnOff(of.name);
  const [asked, setAsked] = useState<string>();
  const close = () => setAsked(undefined);
  if (of.state === "on")
    return (
      <May to="edit">
        <Button variant="default" loading={off.isPending} onClick={() => off.mutate(undefined)}>
          Turn it off
        </Button>
      </May>
    );
  return (
    <Stack gap={4} align="flex-end">
      <May to="rule">
        <Button
          loading={on.isPending}
          onClick={() =>
            on.mutate(false, {
              onError: (err) => err instanceof ApiError && err.code === "confirm" && setAsked(err.message),
            })
          }
        >
          Turn it on
        </Button>
      </May>
      {!asked && <ErrorNote error={on.error} />}
      <Confirm
        opened={asked !== undefined}
        title={`Turn ${of.label} on?`}
        action="Write them"
        busy={on.isPending}
        error={on.error instanceof ApiError && on.error.code === "confirm" ? null : on.error}
        onConfirm={() => on.mutate(true, { onSuccess: close })}
        onClose={close}
      >
        <Text>{readable(asked ?? "")}</Text>
        <Text c="dimmed">
          What is written there cannot be taken back from here. The log keeps what was there before.
        </Text>
      </Confirm>
    </Stack>
  );
}

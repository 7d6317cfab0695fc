import { Alert, Badge, Button, Code, CopyButton, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  type Channel,
  channelsQuery,
  useCreateChannel,
  useDeleteChannel,
  useTestChannel,
} from "../../api/queries/channels";
import { Confirm } from "../../ui/Confirm";
import { Dialog } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/ErrorNote";
import { May, Only } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import { ChangeChannel } from "./ChangeChannel";
import { ChannelForm } from "./ChannelForm";
import { ChannelLog } from "./ChannelLog";

/** Who is told what happens, beside the app: webhooks, Slack, e-mail. */
export function Channels() {
  const { data, error, refetch } = useQuery(channelsQuery);
  const create = useCreateChannel();
  const items = data?.items ?? [];
  return (
    <section id="channels">
      <Stack gap="sm">
        <div>
          <Text fw={600} component="h2">
            Channels
          </Text>
          <Text c="dimmed">
            Send notifications to Slack, email or a webhook. Slack and email get the first event of a kind right away
            and bundle what follows within half an hour. Webhooks get every event, signed.
          </Text>
        </div>
        <ErrorNote error={error} retry={refetch} />
        {items.length === 0 && data && <Text c="dimmed">No channels yet. Notifications appear only in this app.</Text>}
        {create.data?.secret && <Secret of={create.data} />}
        {items.length > 0 && (
          <div className="panel">
            <Table>
              <Table.Tbody>
                {items.map((c) => (
                  <Row key={c.name} of={c} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
        <Only to="rule">
          <ChannelForm
            key={items.length}
            action="Make a channel"
            busy={create.isPending}
            onSubmit={(body) => create.mutate(body)}
          />
        </Only>
        <ErrorNote error={create.error} />
      </Stack>
    </section>
  );
}

function Secret({ of }: { of: Channel }) {
  return (
    <Alert color="teal" title={`What signs for ${of.label}, shown this once`}>
      <Group gap="xs">
        <Code>{of.secret}</Code>
        <CopyButton value={of.secret ?? ""}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}

const kinds = { webhook: "Webhook", slack: "Slack", email: "E-mail" };
const states = { ok: "teal", retrying: "yellow", failing: "red", no_address: "gray" };
const words = { ok: "works", retrying: "tried again", failing: "failing", no_address: "no address yet" };

type Open = "log" | "edit" | "delete" | undefined;

function Row({ of }: { of: Channel }) {
  const [open, setOpen] = useState<Open>();
  const [changed, setChanged] = useState<Channel>();
  const test = useTestChannel(of.name);
  const remove = useDeleteChannel(of.name);
  const close = () => setOpen(undefined);
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={500}>{of.label}</Text>
        <Text c="dimmed" size="xs">
          {kinds[of.kind]}
          {of.target && ` to ${of.target}`}
          {of.events.length > 0 && `, on ${of.events.join(", ")}`}
          {of.owner && `, for ${of.owner}`}
          {of.owner_field && `, by ${of.owner_field}`}
        </Text>
        {of.detail && (
          <Text c="dimmed" size="xs">
            {readable(of.detail)}
            {of.retry_at && `; tried again ${new Date(of.retry_at).toLocaleString()}`}
          </Text>
        )}
        {test.data && (
          <Text size="xs" role="status" c={test.data.state === "sent" ? "teal" : "red"}>
            {test.data.state === "sent" ? "The test arrived." : `The test did not arrive: ${test.data.error}.`}
          </Text>
        )}
        <ErrorNote error={test.error} />
        {changed?.secret && <Secret of={changed} />}
      </Table.Td>
      <Table.Td>
        <Badge color={states[of.state]} variant="light">
          {words[of.state]}
        </Badge>
        {of.failed > 0 && (
          <Text c="dimmed" size="xs">
            {of.failed} given up
          </Text>
        )}
      </Table.Td>
      <Table.Td c="dimmed">{of.sent_at ? <TimeAgo at={of.sent_at} /> : "nothing sent yet"}</Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Log of ${of.label}`}
            onClick={() => setOpen(open === "log" ? undefined : "log")}
          >
            Log
          </Button>
          <May to="rule">
            <Button
              size="compact-sm"
              variant="default"
              loading={test.isPending}
              aria-label={`Test ${of.label}`}
              onClick={() => test.mutate(undefined)}
            >
              Test
            </Button>
          </May>
          <May to="rule">
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`Change ${of.label}`}
              onClick={() => setOpen("edit")}
            >
              Change
            </Button>
          </May>
          <May to="rule">
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`Take ${of.label} away`}
              onClick={() => setOpen("delete")}
            >
              Take away
            </Button>
          </May>
        </Group>
        <Dialog opened={open === "log"} onClose={close} title={`What went to ${of.label}`} size="xl">
          <ChannelLog of={of} />
        </Dialog>
        <Dialog opened={open === "edit"} onClose={close} title={`Change ${of.label}`} size="lg">
          <ChangeChannel
            of={of}
            onDone={(now) => {
              setChanged(now);
              close();
            }}
          />
        </Dialog>
        <Confirm
          opened={open === "delete"}
          title={`Take ${of.label} away?`}
          action="Take it away"
          danger
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(undefined, { onSuccess: close })}
          onClose={close}
        >
          <Text>Its log goes too, and what waits for it is not sent.</Text>
        </Confirm>
      </Table.Td>
    </Table.Tr>
  );
}

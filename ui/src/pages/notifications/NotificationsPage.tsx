import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { IconBell, IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { notificationsQuery, useReadNotifications } from "../../api/queries/workspace";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { useEnrichmentLabel } from "../../ui/labels";
import { Page } from "../../ui/Page";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import classes from "./NotificationsPage.module.css";

export function NotificationsPage() {
  const called = useEnrichmentLabel();
  const { data, error, refetch } = useQuery(notificationsQuery(false));
  const read = useReadNotifications();
  const items = data?.items ?? [];
  const unread = items.filter((n) => !n.read);
  return (
    <Page
      name="Notifications"
      title="Notifications"
      actions={
        <Button
          variant="default"
          disabled={unread.length === 0}
          loading={read.isPending}
          onClick={() => read.mutate(undefined)}
        >
          Mark all as read
        </Button>
      }
    >
      <ErrorNote error={error ?? read.error} retry={refetch} />
      {!data && !error && <Waiting rows={4} />}
      {data && items.length === 0 && (
        <EmptyState icon={<IconBell size={30} stroke={1.5} />} title="Nothing yet">
          You’ll hear about it here when a limit is near or reached, when an enrichment stops, and when a charge has to
          be resolved. To get these by email, in Slack or as a webhook, add a channel under Settings.
        </EmptyState>
      )}
      {items.length > 0 && (
        <ul className={`panel ${classes.list}`}>
          {items.map((n) => (
            <li key={n.id} data-unread={!n.read || undefined}>
              <div>
                <Text>{readable(n.message)}</Text>
                <Text c="dimmed" size="xs">
                  <TimeAgo at={n.at} />
                </Text>
              </div>
              <Group gap="xs" wrap="nowrap">
                {n.kind === "channel_failing" && (
                  <Link
                    to="/settings"
                    hash="channels"
                    className={classes.open}
                    onClick={() => !n.read && read.mutate([n.id])}
                  >
                    Open channels
                  </Link>
                )}
                {n.enrichment && (
                  <Link
                    to="/enrichments/$name"
                    params={{ name: n.enrichment }}
                    search={{ tab: n.kind === "limit" || n.kind === "near_limit" ? "limit" : undefined }}
                    className={classes.open}
                    onClick={() => !n.read && read.mutate([n.id])}
                  >
                    Open {called(n.enrichment)}
                  </Link>
                )}
                {!n.read && (
                  <Tooltip label="Mark as read">
                    <ActionIcon size="sm" aria-label="Mark as read" onClick={() => read.mutate([n.id])}>
                      <IconCheck size={14} />
                    </ActionIcon>
                  </Tooltip>
                )}
              </Group>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

import { Button, Group, Skeleton, Text } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { notificationsQuery, useReadNotifications } from "../../api/queries/workspace";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorNote } from "../../ui/ErrorNote";
import { Page } from "../../ui/Page";
import { TimeAgo } from "../../ui/TimeAgo";
import classes from "./NotificationsPage.module.css";

export function NotificationsPage() {
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
      {!data && !error && <Skeleton h={140} />}
      {data && items.length === 0 && (
        <EmptyState icon={<IconBell size={30} stroke={1.5} />} title="Nothing yet">
          You are told here when a limit is near or reached, when an enrichment stops, and when a charge has to be
          resolved.
        </EmptyState>
      )}
      {items.length > 0 && (
        <ul className={`panel ${classes.list}`}>
          {items.map((n) => (
            <li key={n.id} data-unread={!n.read || undefined}>
              <div>
                <Text>{n.message}</Text>
                <Text c="dimmed" size="xs">
                  <TimeAgo at={n.at} />
                </Text>
              </div>
              <Group gap="xs" wrap="nowrap">
                {n.enrichment && (
                  <Link
                    to="/enrichments/$name"
                    params={{ name: n.enrichment }}
                    search={{ tab: n.kind === "limit" || n.kind === "near_limit" ? "limit" : undefined }}
                    className={classes.open}
                    onClick={() => !n.read && read.mutate([n.id])}
                  >
                    Open {n.enrichment}
                  </Link>
                )}
                {!n.read && (
                  <Button variant="subtle" size="compact-xs" onClick={() => read.mutate([n.id])}>
                    Read
                  </Button>
                )}
              </Group>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

import { Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { statusQuery } from "../api/queries/workspace";
import classes from "./Page.module.css";

type Props = {
  title: ReactNode;
  name: string;
  /** Beside the heading, and not part of it. */
  beside?: ReactNode;
  sub?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  full?: boolean;
};

/** A page: its heading, its actions, its content. `name` is the tab's title. */
export function Page({ title, name, beside, sub, actions, children, full }: Props) {
  const workspace = useQuery(statusQuery).data?.workspace ?? "Fettle";
  useEffect(() => {
    document.title = `${name} · ${workspace}`;
  }, [name, workspace]);
  return (
    <div className={full ? classes.full : classes.page}>
      <header className={classes.head}>
        <div className={classes.title}>
          <Group gap={6} wrap="nowrap">
            <Title order={1}>{title}</Title>
            {beside}
          </Group>
          {sub && (
            <Text c="dimmed" component="div">
              {sub}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </header>
      {children}
    </div>
  );
}

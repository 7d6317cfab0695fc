import { Group, Text } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { enrichmentsQuery } from "../../api/queries/enrichments";
import { creditsQuery } from "../../api/queries/money";
import { providersQuery } from "../../api/queries/providers";
import { strangerCountsQuery } from "../../api/queries/strangers";
import { readable } from "../../ui/time";
import classes from "./NeedsYou.module.css";
import { type Need, needs } from "./needs";

/** The strip of what waits for a person; nothing when nothing does. */
export function NeedsYou() {
  const enrichments = useQuery(enrichmentsQuery).data?.items ?? [];
  const credits = useQuery(creditsQuery).data;
  const providers = useQuery(providersQuery).data?.items ?? [];
  const held = useQuery(strangerCountsQuery()).data?.held;
  const items = needs({ enrichments, credits, providers, held });
  if (items.length === 0) return null;
  return (
    <section aria-label="Needs you" className={classes.strip}>
      <Text size="xs" fw={600} c="dimmed" component="h2" m={0}>
        Needs you
      </Text>
      {items.slice(0, 5).map((n) => (
        <To key={n.id} need={n}>
          <span className={classes.text}>
            <Text fw={550} span>
              {n.title}
            </Text>
            <Text c="dimmed" size="xs" span lineClamp={2} title={readable(n.detail)}>
              {readable(n.detail)}
            </Text>
          </span>
          <Group gap={2} wrap="nowrap" className={classes.action}>
            {n.action}
            <IconChevronRight size={14} />
          </Group>
        </To>
      ))}
      {items.length > 5 && (
        <Text size="xs" c="dimmed">
          and {items.length - 5} more
        </Text>
      )}
    </section>
  );
}

function To({ need, children }: { need: Need; children: ReactNode }) {
  switch (need.kind) {
    case "enrichment":
      return (
        <Link to="/enrichments/$name" params={{ name: need.name }} search={{ tab: need.tab }} className={classes.need}>
          {children}
        </Link>
      );
    case "unknown":
      return (
        <Link to="/credits" search={{ tab: "unknown" }} className={classes.need}>
          {children}
        </Link>
      );
    case "answers":
      return (
        <Link to="/review/answers" className={classes.need}>
          {children}
        </Link>
      );
    case "provider":
      return (
        <Link to="/providers" search={{ provider: need.name }} className={classes.need}>
          {children}
        </Link>
      );
  }
}

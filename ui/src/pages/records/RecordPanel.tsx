import { ActionIcon, Anchor, Badge, Group, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconArrowsDiagonal, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { recordQuery } from "../../api/queries/records";
import type { RecordPageSearch } from "../../routes";
import { ErrorNote } from "../../ui/ErrorNote";
import { TimeAgo } from "../../ui/TimeAgo";
import { WhyMember } from "../audiences/Explain";
import { AllValues } from "./AllValues";
import { GoneNote, useGone } from "./Gone";
import { History } from "./History";
import { RecordMenu } from "./RecordMenu";
import classes from "./RecordPanel.module.css";

type Tab = "values" | "history" | "why";

/** Everything that is known of one record, and where it comes from. */
export function RecordPanel({
  id,
  audience,
  at = "values",
  list,
  onClose,
}: {
  id: number;
  audience?: string;
  /** What to begin with. */
  at?: Tab;
  /** The list that it is looked at in, which its page goes on with. */
  list?: RecordPageSearch;
  onClose: () => void;
}) {
  const record = useQuery(recordQuery(id));
  const [tab, setTab] = useState<Tab>(at);
  const gone = useGone(id, record);
  const d = gone ? undefined : record.data;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc closes from anywhere inside
    <div className={classes.panel} onKeyDown={(e) => e.key === "Escape" && !opensHere(e.target) && onClose()}>
      <header className={classes.head}>
        <div style={{ minWidth: 0 }}>
          <Title order={2} className={classes.name}>
            {d ? d.name || `Record ${d.id}` : gone ? `Record ${id}` : " "}
          </Title>
          {d && (
            <Text c="dimmed" size="xs">
              #{d.id} · changed <TimeAgo at={d.updated_at} />
              {d.aliases.length > 0 ? ` · merged from ${d.aliases.map((a) => `#${a}`).join(", ")}` : ""}
            </Text>
          )}
        </div>
        <Group gap={2} wrap="nowrap">
          {d && (
            <ActionIcon
              aria-label="Open as page"
              title="Open as page"
              renderRoot={(props) => (
                <Link to={`/${d.entity}/$id`} params={{ id: String(d.id) }} search={list ?? {}} {...props} />
              )}
            >
              <IconArrowsDiagonal size={15} />
            </ActionIcon>
          )}
          {d && <RecordMenu record={d} onGone={onClose} />}
          <ActionIcon aria-label="Close the record" onClick={onClose}>
            <IconX size={16} />
          </ActionIcon>
        </Group>
      </header>
      <Stack gap="sm" px="md" pb="lg">
        {d?.suppressed && <Badge color="gray">Suppressed: it is not enriched</Badge>}
        {d?.company_id !== undefined && d.company_id > 0 && (
          <Anchor renderRoot={(props) => <Link to="/companies/$id" params={{ id: String(d.company_id) }} {...props} />}>
            Open its company
          </Anchor>
        )}
        {!gone && (
          <SegmentedControl
            aria-label="What to show"
            value={tab}
            onChange={(t) => setTab(t as Tab)}
            data={[
              { value: "values", label: "Values" },
              { value: "history", label: "History" },
              ...(audience ? [{ value: "why", label: "Why a member" }] : []),
            ]}
          />
        )}
        {gone && <GoneNote gone={gone} onBack={() => void record.refetch()} />}
        <ErrorNote error={gone ? null : record.error} retry={() => void record.refetch()} />
        {!d && !record.error && <Skeleton height={240} />}
        {d && tab === "values" && <AllValues record={d} />}
        {d && tab === "history" && <History record={d} />}
        {d && tab === "why" && audience && <WhyMember audience={audience} record={d.id} />}
      </Stack>
    </div>
  );
}

/** Whether a menu or a list is open where the key was pressed: Esc closes that first. */
const opensHere = (at: EventTarget) =>
  at instanceof Element && at.closest("[role=menu], [role=listbox], [aria-expanded=true]") !== null;

import { ActionIcon, Anchor, Badge, Group, Menu, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { recordQuery, useDeleteRecords, useSuppressRecords } from "../../api/queries/records";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { WhyMember } from "../audiences/Explain";
import { GoneNote, goneOf } from "./Gone";
import { History } from "./History";
import classes from "./RecordPanel.module.css";
import { ValueLine } from "./ValueLine";

type Tab = "values" | "history" | "why";

/** Everything that is known of one record, and where it comes from. */
export function RecordPanel({
  id,
  audience,
  at = "values",
  onClose,
}: {
  id: number;
  audience?: string;
  /** What to begin with. */
  at?: Tab;
  onClose: () => void;
}) {
  const record = useQuery(recordQuery(id));
  const [tab, setTab] = useState<Tab>(at);
  const gone = goneOf(record.error);
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
          {d && <RecordMenu record={d} onClose={onClose} />}
          <ActionIcon aria-label="Close the record" onClick={onClose}>
            <IconX size={16} />
          </ActionIcon>
        </Group>
      </header>
      <Stack gap="sm" px="md" pb="lg">
        {d?.suppressed && <Badge color="gray">Suppressed: it is not enriched</Badge>}
        {d?.company_id !== undefined && d.company_id > 0 && (
          <Anchor renderRoot={(props) => <Link to="/companies" search={{ record: d.company_id }} {...props} />}>
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
        {d && tab === "values" && <Values record={d} />}
        {d && tab === "history" && <History record={d} />}
        {d && tab === "why" && audience && <WhyMember audience={audience} record={d.id} />}
      </Stack>
    </div>
  );
}

function Values({ record }: { record: Schemas["RecordDetail"] }) {
  return (
    <>
      <dl className={classes.values}>
        {record.values.map((v) => (
          <ValueLine key={v.field} record={record} value={v} />
        ))}
      </dl>
      {record.unmapped.length > 0 && (
        <section>
          <Title order={3} mb={4}>
            Kept from the file, without a field
          </Title>
          <dl className={classes.values}>
            {record.unmapped.map((u) => (
              <div key={u.column} className={classes.line}>
                <dt>{u.column}</dt>
                <dd>{u.value}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </>
  );
}

function RecordMenu({ record, onClose }: { record: Schemas["RecordDetail"]; onClose: () => void }) {
  const [asking, setAsking] = useState(false);
  const suppress = useSuppressRecords();
  const remove = useDeleteRecords();
  const toggle = () =>
    suppress.mutate(
      { ids: [record.id], off: record.suppressed },
      {
        onSuccess: () =>
          notifications.show({
            message: record.suppressed ? "It may be enriched again." : "It is not enriched any more.",
          }),
        onError: (err) => notifications.show({ color: "red", message: err.message }),
      },
    );
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon aria-label="More">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <May to="edit">
            <Menu.Item onClick={toggle}>
              {record.suppressed ? "Let it be enriched" : "Keep it from being enriched"}
            </Menu.Item>
          </May>
          <Menu.Item
            renderRoot={(props) => <Link to="/credits" search={{ tab: "journal", record: record.id }} {...props} />}
          >
            What it has cost
          </Menu.Item>
          <May to="edit">
            <Menu.Item color="red" onClick={() => setAsking(true)}>
              Delete…
            </Menu.Item>
          </May>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={asking}
        title={`Delete ${record.name || `record ${record.id}`}?`}
        action="Delete the record"
        danger
        busy={remove.isPending}
        error={remove.error}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate({ ids: [record.id], confirm: true }, { onSuccess: onClose })}
      >
        <Text>Its values go. What was paid for it stays in the journal, and its history is kept.</Text>
      </Confirm>
    </>
  );
}

/** Whether a menu or a list is open where the key was pressed: Esc closes that first. */
const opensHere = (at: EventTarget) =>
  at instanceof Element && at.closest("[role=menu], [role=listbox], [aria-expanded=true]") !== null;

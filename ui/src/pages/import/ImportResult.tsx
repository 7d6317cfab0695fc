import { Anchor, Badge, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconArrowBackUp, IconChartBar, IconSparkles, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { importQuery, undoPreviewQuery, useUndoImport } from "../../api/queries/imports";
import { Confirm } from "../../ui/Confirm";
import { ErrorNote } from "../../ui/ErrorNote";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { readable } from "../../ui/time";
import { Aside } from "./Aside";
import { Counts } from "./Counts";
import classes from "./ImportPage.module.css";
import { LeftOut } from "./LeftOut";
import { Merges } from "./Merges";
import { NewValues } from "./NewValues";
import { ListOf } from "./OtherList";
import { whereFrom } from "./options";
import { Receipt } from "./Receipt";
import { Rejects } from "./Rejects";
import { TakenBack } from "./TakenBack";

/** An import and what came of it. */
export function ImportResult({ id, again }: { id: number; again?: () => void }) {
  const imported = useQuery(importQuery(id));
  const [asking, setAsking] = useState(false);
  const undo = useUndoImport();
  const preview = useQuery({ ...undoPreviewQuery(id), enabled: asking });
  const v = imported.data;
  if (imported.error && !v) return <ErrorNote error={imported.error} />;
  if (!v) return <Skeleton height={160} />;
  const companies = v.entity === "companies";
  const of = v.state === "undone" ? undefined : whereFrom(v);
  return (
    <Stack gap="md">
      <Text>
        <strong>{v.file}</strong>
        {v.of ? (
          <>
            , columns of{" "}
            <Anchor inherit renderRoot={(props) => <Link to="/import" search={{ id: v.of }} {...props} />}>
              import {v.of}
            </Anchor>
          </>
        ) : null}{" "}
        into {v.entity} · <TimeAgo at={v.at} /> {v.state !== "done" && <Badge color="gray">{v.state}</Badge>}
      </Text>
      {v.hint && <Text>{readable(v.hint)}</Text>}
      {undo.data?.undo && <TakenBack of={undo.data.undo} />}
      <Counts of={v} />
      <ListOf of={v} />
      <Receipt of={v} />
      <LeftOut of={v} />
      <Aside of={v} />
      <NewValues of={v} />
      <Merges of={v} />
      <Rejects of={v} />
      <Group className={classes.acts} gap="xs">
        <Button
          leftSection={<IconChartBar size={14} />}
          renderRoot={(props) => <Link to="/" search={companies ? { entity: "companies" } : {}} {...props} />}
        >
          See what is missing
        </Button>
        <Button
          variant="default"
          renderRoot={(props) => (
            <Link to={companies ? "/companies" : "/people"} search={{ sort: "updated_at", desc: true }} {...props} />
          )}
        >
          See the records
        </Button>
        <Button
          variant="default"
          leftSection={<IconSparkles size={14} />}
          renderRoot={(props) => (
            <Link to="/enrichments/new" search={companies ? { entity: "companies" } : {}} {...props} />
          )}
        >
          Enrich them
        </Button>
        {of && (
          <Button
            variant="default"
            leftSection={<IconUsersGroup size={14} />}
            renderRoot={(props) => (
              <Link
                to="/audiences/new"
                search={{ where: of, ...(companies ? { entity: "companies" as const } : {}) }}
                {...props}
              />
            )}
          >
            Make an audience of these
          </Button>
        )}
        {again && (
          <Button variant="default" onClick={again}>
            Import another file
          </Button>
        )}
        {v.state !== "undone" && (
          <May to="edit">
            <Button
              variant="subtle"
              color="gray"
              leftSection={<IconArrowBackUp size={14} />}
              onClick={() => setAsking(true)}
            >
              Take it back
            </Button>
          </May>
        )}
        {!again && (
          <Anchor component={Link} to="/import">
            All imports
          </Anchor>
        )}
      </Group>
      <Confirm
        opened={asking}
        title="Take this import back?"
        action="Take it back"
        danger
        busy={undo.isPending}
        error={undo.error}
        onClose={() => setAsking(false)}
        onConfirm={() => undo.mutate(id, { onSuccess: () => setAsking(false) })}
      >
        <Text mb={6}>
          Records that it created go, unless somebody has changed them since; what it changed gets its old value back
          where it was not changed again. What was bought stays bought.
        </Text>
        {preview.data?.undo && <TakenBack of={preview.data.undo} />}
        <ErrorNote error={preview.error} />
      </Confirm>
    </Stack>
  );
}

import { Alert, Button, Checkbox, Group, List, Loader, Progress, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Schemas } from "../../api/client";
import { importsQuery, sendImport, useImport } from "../../api/queries/imports";
import { fieldsQuery } from "../../api/queries/records";
import { types } from "../../ui/fieldTypes";
import { useGuarded } from "../../ui/Guarded";
import { grouped } from "../../ui/grouped";
import { May } from "../../ui/Permitted";
import { Aside } from "./Aside";
import { Counts } from "./Counts";
import { Doubts } from "./Doubts";
import type { FieldType, StepProps } from "./ImportPage";
import classes from "./ImportPage.module.css";
import { Merges } from "./Merges";
import { NewValues } from "./NewValues";
import { ListOf, Refused } from "./OtherList";
import { importOf, newField, otherTypes } from "./options";
import { Receipt } from "./Receipt";
import { Rejects } from "./Rejects";
import { WouldChange } from "./WouldChange";

/** A dry run: what would happen, and what is wrong. Then the run itself. */
export function CheckStep({ plan, change, back, onDone }: StepProps & { onDone: (v: Schemas["ImportView"]) => void }) {
  const [noRun, setNoRun] = useState(false);
  const [createValues, setCreateValues] = useState(false);
  const { file, sample, ...said } = plan;
  const dry = useQuery({
    queryKey: ["dry-run", said, file?.name, file?.size, file?.lastModified],
    queryFn: ({ signal }) => sendImport(importOf(plan, { dryRun: true }), signal),
    retry: false,
    staleTime: 60_000,
    gcTime: 0,
  });
  const run = useImport();
  const guarded = useGuarded((confirm) => run.mutateAsync(importOf(plan, { noRun, createValues, confirm })), onDone);
  const v = dry.data;
  const rows = v ? v.read - v.rejected : 0;
  return (
    <Stack gap="md">
      {dry.isPending && (
        <Group>
          <Loader size="xs" />
          <Text>Reading {file?.name}; nothing is written yet…</Text>
        </Group>
      )}
      <Refused error={dry.error} change={change} retry={() => void dry.refetch()} />
      {v && (
        <>
          <Counts of={v} future />
          <ListOf of={v} />
          <OtherTypes plan={plan} of={v} />
          <Preview plan={plan} />
          <WouldChange of={v} />
          <Receipt of={v} />
          <Aside of={v} />
          <NewValues of={v} />
          {v.new_values?.some((n) => !n.created) && (
            <Checkbox
              label="Add these values to their fields"
              checked={createValues}
              onChange={(e) => setCreateValues(e.currentTarget.checked)}
            />
          )}
          <Merges of={v} />
          <Rejects of={v} />
          <Checkbox
            label="Import without running: live enrichments buy nothing for these records"
            checked={noRun}
            onChange={(e) => setNoRun(e.currentTarget.checked)}
          />
        </>
      )}
      {v && <Doubts of={v} />}
      <Refused
        error={guarded.error}
        change={(c) => {
          guarded.forget();
          change(c);
        }}
      />
      {guarded.busy && <Running file={file?.name ?? ""} rows={rows} />}
      <Group className={classes.acts}>
        <Button variant="default" onClick={back} disabled={guarded.busy}>
          Back
        </Button>
        <May to="edit">
          <Button onClick={guarded.run} loading={guarded.busy} disabled={!v || rows === 0}>
            {v ? `Import ${grouped(rows)} ${rows === 1 ? "row" : "rows"}` : "Import"}
          </Button>
        </May>
      </Group>
      {guarded.ask({
        title: "This would spend",
        action: "Import and let them buy",
        children: <Text c="dimmed">Or go back and import without running.</Text>,
      })}
    </Stack>
  );
}

/** New fields that later rows made another type of than the first ones promised. */
function OtherTypes({ plan, of }: Pick<StepProps, "plan"> & { of: Schemas["ImportView"] }) {
  const other = otherTypes(plan, of.new_fields ?? []);
  if (other.length === 0) return null;
  const name = (t: FieldType) => types.find(([is]) => is === t)?.[1] ?? t;
  return (
    <Alert title="Later rows hold other values than the first ones" color="gray">
      <List size="sm">
        {other.map((f) => (
          <List.Item key={f.column}>
            {f.label} becomes {[name(f.type), f.currency].filter(Boolean).join(", ")}, not{" "}
            {name(newField(plan, f.column).type)}: every value fits. Go back to choose otherwise.
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** How far the import is; the server counts with every batch. */
function Running({ file, rows }: { file: string; rows: number }) {
  const list = useQuery({ ...importsQuery, refetchInterval: 700 }).data?.items;
  const highest = useRef(0); // it is no longer running a moment before the answer comes
  const read = Math.max(highest.current, list?.find((v) => v.state === "running" && v.file === file)?.read ?? 0);
  highest.current = read;
  return (
    <div aria-live="polite">
      <Text mb={4} className="tabular">
        {grouped(read)} of {grouped(rows)} rows…
      </Text>
      <Progress value={rows > 0 ? (100 * read) / rows : 0} animated aria-label="Importing" />
    </div>
  );
}

/** The first rows as they would be. */
function Preview({ plan }: Pick<StepProps, "plan">) {
  const { columns = [], rows = [] } = plan.sample ?? {};
  const shown = columns.map((c, i) => [c, i] as const).filter(([c]) => plan.mapping[c]);
  const labels = new Map(useQuery(fieldsQuery(plan.entity)).data?.items.map((f) => [f.field, f.label]));
  if (rows.length === 0) return null;
  return (
    <section>
      <Title order={2} mb={6}>
        The first rows
      </Title>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="panel scroll-x" tabIndex={0} aria-label="The first rows">
        <table style={{ fontSize: 12.5, borderCollapse: "collapse", whiteSpace: "nowrap" }}>
          <thead>
            <tr>
              {shown.map(([c]) => (
                <th key={c} style={{ padding: "6px 12px", textAlign: "left", fontWeight: 550 }}>
                  {labels.get(plan.mapping[c] ?? "") ?? newField(plan, c).label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((r, n) => (
              <tr key={n}>
                {shown.map(([c, i]) => (
                  <td
                    key={c}
                    style={{ padding: "4px 12px", maxWidth: 260, overflow: "hidden", textOverflow: "ellipsis" }}
                  >
                    {r[i]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

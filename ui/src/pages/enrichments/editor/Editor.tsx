import { Alert, Button, Group, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useBlocker, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import type { Entity, Schemas } from "../../../api/client";
import { audiencesQuery } from "../../../api/queries/audiences";
import { useCreateEnrichment, useSaveEnrichment } from "../../../api/queries/enrichments";
import { providersQuery } from "../../../api/queries/providers";
import { fieldsQuery } from "../../../api/queries/records";
import { isChanged } from "../../../ui/Changed";
import { Confirm } from "../../../ui/Confirm";
import { ErrorNote } from "../../../ui/ErrorNote";
import { choices, paramLabel } from "../../../ui/labels";
import { Page } from "../../../ui/Page";
import { May, WhyNot } from "../../../ui/Permitted";
import { Pickers } from "../../../ui/Pickers";
import { creditsError } from "../dialogs/limitInput";
import { PauseDialog } from "../dialogs/PauseDialog";
import { ChangedDefinition } from "./ChangedDefinition";
import { Conduct } from "./Conduct";
import { asksOther, type Draft, lacking, outputsAfter, outputsOf } from "./draft";
import classes from "./Editor.module.css";
import { type Fault, FaultContext, faultOf, useFault } from "./fault";
import { Gaps } from "./Gaps";
import { Outputs } from "./Outputs";
import { Steps } from "./Steps";

type Props = { entity: Entity; start: Draft; wanted?: string; existing?: Schemas["EnrichmentView"] & { tag?: string } };

/** Writes an enrichment: audience, steps, outputs, conduct and limit. */
export function Editor({ entity, start, wanted: forField, existing }: Props) {
  const [draft, setDraft] = useState(start);
  const [wanted, setWanted] = useState(forField);
  const [typed, setLabel] = useState<string>();
  const fields = useQuery(fieldsQuery(entity)).data?.items ?? [];
  const operations = (useQuery(providersQuery).data?.items ?? []).flatMap((p) => p.operations);
  const [fault, setFault] = useState<Fault>();
  useEffect(() => {
    if (fault) goToWrong();
  }, [fault]);
  const change = (part: Partial<Draft>) => {
    setFault(undefined); // what was refused is another text by now
    setDraft((d) => ({ ...d, ...part }));
  };
  const named = existing?.label ?? nameFor(fields, wanted, operations, draft.steps);
  const label = typed ?? named;
  const dirty = (typed !== undefined && typed !== named) || JSON.stringify(draft) !== JSON.stringify(start);
  const names = [
    ...new Set(
      draft.steps.flatMap((s) =>
        outputsOf(
          s,
          operations.find((o) => o.id === s.provider),
        ),
      ),
    ),
  ];
  const given = operations.filter((o) => draft.steps.some((s) => s.provider === o.id)).flatMap((o) => o.outputs ?? []);
  const called = (name: string) => paramLabel(name, given);
  const live = existing?.state === "live" || existing?.piloting;
  const [asked, ask] = useState(false);
  return (
    <Page name={existing ? `Edit ${label}` : "New enrichment"} title={existing ? `Edit ${label}` : "New enrichment"}>
      <Stack gap="md" maw={820}>
        {live && (
          <Alert color="yellow" title="Pause to edit">
            <Text mb="xs">While it is live, its audience, steps and fields can’t be changed.</Text>
            <May to="edit">
              <Button variant="default" onClick={() => ask(true)}>
                Pause and edit
              </Button>
            </May>
          </Alert>
        )}
        {existing && (
          <PauseDialog
            of={existing}
            opened={asked}
            first={{ label: "Edit" }}
            onClose={() => ask(false)}
            onPaused={() => ask(false)}
          />
        )}
        <FaultContext value={fault}>
          <fieldset disabled={live} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
            <Stack gap="md">
              {!existing && (
                <Section
                  title="What shall be filled?"
                  sub="The emptiest fields of the audience that somebody can fill."
                >
                  <Gaps
                    entity={entity}
                    audience={draft.audience?.[0] ?? (entity === "people" ? "all-people" : "all-companies")}
                    value={wanted}
                    onChange={setWanted}
                  />
                </Section>
              )}
              <Section title={existing ? "What and for whom" : "Its name, and for whom"}>
                <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
                  <TextInput
                    label="Name"
                    value={label}
                    readOnly={Boolean(existing)}
                    description={existing ? "Rename it on its page." : undefined}
                    inputWrapperOrder={["label", "input", "description", "error"]}
                    onChange={(e) => setLabel(e.currentTarget.value)}
                    placeholder="Work email"
                    required
                  />
                  <Audience
                    entity={entity}
                    value={draft.audience ?? []}
                    onChange={(audience) => change({ audience })}
                  />
                </SimpleGrid>
              </Section>
              <Section title="Steps" sub="Tried in order. The first one with a result wins, and the rest are skipped.">
                <Steps
                  entity={entity}
                  fields={fields}
                  audience={draft.audience ?? []}
                  wanted={wanted}
                  steps={draft.steps}
                  onChange={(steps, outputs) =>
                    change({
                      steps,
                      outputs: {
                        ...outputs,
                        ...outputsAfter(draft.outputs as Record<string, string>, draft.steps, steps, operations),
                      },
                    })
                  }
                />
              </Section>
              <Section
                title="Where results go"
                sub="A step counts as having found something once it gives the first of these results."
              >
                <Outputs
                  entity={entity}
                  names={names}
                  called={called}
                  fields={fields}
                  value={draft.outputs as Record<string, string>}
                  onChange={(outputs) => change({ outputs })}
                />
              </Section>
              <Section title="When and how">
                <Conduct entity={entity} draft={draft} onChange={change} />
              </Section>
            </Stack>
          </fieldset>
        </FaultContext>
        <Save
          label={label}
          draft={draft}
          existing={existing}
          dirty={dirty}
          fault={fault}
          onFault={setFault}
          onTake={() => change(start)}
        />
      </Stack>
    </Page>
  );
}

/** What a new enrichment is called while nobody typed a name: by the field that it is to fill, else by what its first step does. */
function nameFor(
  fields: Schemas["Field"][],
  wanted: string | undefined,
  operations: Schemas["OperationInfo"][],
  steps: Draft["steps"],
): string {
  const field = fields.find((f) => f.field === wanted);
  if (field) return `Find ${field.label}`;
  return operations.find((o) => o.id === steps[0]?.provider)?.title ?? "";
}

/** Goes to the first field that says it is wrong; false where none does. */
function goToWrong(): boolean {
  const wrong = document.querySelector<HTMLElement>('main [aria-invalid="true"]');
  wrong?.scrollIntoView({ block: "center" });
  wrong?.focus({ preventScroll: true });
  return wrong !== null;
}

function Section({ title, sub, children }: { title: string; sub?: string; children: ReactNode }) {
  return (
    <section className="panel" style={{ padding: 16 }}>
      <Text fw={600} component="h2">
        {title}
      </Text>
      {sub && (
        <Text c="dimmed" size="xs">
          {sub}
        </Text>
      )}
      <Stack gap="sm" mt="sm">
        {children}
      </Stack>
    </section>
  );
}

function Audience({ entity, value, onChange }: { entity: Entity; value: string[]; onChange: (v: string[]) => void }) {
  const audiences = (useQuery(audiencesQuery).data?.items ?? []).filter((a) => a.entity === entity);
  const fault = useFault();
  return (
    <Pickers
      label="Audience"
      error={fault("audience")}
      description="Choose one or more."
      inputWrapperOrder={["label", "input", "description", "error"]}
      data={choices(audiences)}
      value={value}
      onChange={onChange}
      required
    />
  );
}

type SaveProps = {
  label: string;
  draft: Draft;
  existing?: Props["existing"];
  dirty: boolean;
  fault: Fault | undefined;
  onFault: (fault: Fault | undefined) => void;
  /** Gives up the draft for what is saved by now. */
  onTake: () => void;
};

function Save({ label, draft, existing, dirty, fault, onFault, onTake }: SaveProps) {
  const save = useSaveEnrichment();
  const create = useCreateEnrichment();
  const go = useNavigate();
  const [saved, setSaved] = useState(false);
  const [tag, setTag] = useState(existing?.tag); // of what the draft began as: what is read meanwhile may be another tab's
  const [sent, setSent] = useState<{ draft: Draft; label: string }>();
  const blocker = useBlocker({ shouldBlockFn: () => dirty && !saved, withResolver: true });
  const limited = Boolean(draft.limit && (draft.limit.none || draft.limit.credits || draft.limit.records));
  const missing = [
    !draft.limit?.none &&
      draft.limit &&
      (creditsError(draft.limit?.credits ?? "") || Number.isNaN(draft.limit?.records)) &&
      "a limit in numbers",
    !label.trim() && "a name",
    !(draft.audience ?? []).length && "an audience",
    !draft.steps.length && "a step",
    ...lacking(draft.steps),
    !Object.keys(draft.outputs ?? {}).length && "an output's field",
    existing?.limit && !limited && "a limit",
  ].filter(Boolean);
  const send = (as = tag) => {
    // What the form itself knows is not sent; what the server refused may be right by now.
    if (!fault && goToWrong()) return;
    setSaved(true);
    setSent({ draft, label });
    const then = {
      onSuccess: ({ name }: { name: string }) =>
        void go({ to: "/enrichments/$name", params: { name }, search: { tab: "start" } }),
      onError: (error: Error) => {
        setSaved(false);
        onFault(faultOf(error));
      },
    };
    if (existing) save.mutate({ name: existing.name, definition: draft, tag: as }, then);
    else create.mutate({ label, ...draft }, then);
  };
  return (
    <Stack gap="sm" className={classes.save}>
      {existing && isChanged(save.error) ? (
        <ChangedDefinition
          error={save.error}
          theirs={existing.tag === tag ? undefined : existing}
          name={existing.name}
          draft={draft}
          busy={save.isPending}
          onKeep={() => send(existing.tag)}
          onTake={() => {
            save.reset();
            setTag(existing.tag);
            onTake();
          }}
        />
      ) : (
        sent?.draft === draft && sent.label === label && <ErrorNote error={save.error ?? create.error} />
      )}
      <Group>
        <May to="edit">
          <Button
            size="sm"
            disabled={missing.length > 0 || existing?.state === "live" || existing?.piloting}
            loading={save.isPending || create.isPending}
            onClick={() => send()}
          >
            {existing ? "Save as a new version" : "Save, then try 10 rows"}
          </Button>
        </May>
        <WhyNot to="edit" />
        <Text c="dimmed">
          {missing.length
            ? `Still needed: ${missing.join(", ")}.`
            : existing
              ? "Saving spends nothing."
              : "Saving spends nothing: you see what 10 rows cost before they run."}
        </Text>
      </Group>
      {existing && existing.paid_rows > 0 && (
        <Text c="dimmed">
          Saving doesn’t buy anything again.
          {asksOther(existing.definition, draft) && " Values from the old version stay, marked as stale."}
        </Text>
      )}
      <Confirm
        opened={blocker.status === "blocked"}
        title="Leave without saving?"
        action="Leave"
        danger
        onConfirm={() => blocker.proceed?.()}
        onClose={() => blocker.reset?.()}
      >
        <Text>Your changes are not saved.</Text>
      </Confirm>
    </Stack>
  );
}

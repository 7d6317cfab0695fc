import { Button, Group, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Entity, Schemas } from "../../api/client";
import { useCreateEnrichment } from "../../api/queries/enrichments";
import { providersQuery } from "../../api/queries/providers";
import { fieldsQuery } from "../../api/queries/records";
import { ErrorNote } from "../../ui/ErrorNote";
import { useCreditUSD } from "../../ui/MoneyText";
import { micro } from "../../ui/money";
import { May } from "../../ui/Permitted";
import { LimitWords } from "../enrichments/dialogs/LimitWords";
import { creditsError } from "../enrichments/dialogs/limitInput";
import { emptyDraft, fills, guessOutputs, isModel, outputsOf, stepOf } from "../enrichments/editor/draft";
import { KeyDialog } from "../providers/KeyDialog";
import { Simulate } from "../providers/Simulate";
import { madeUp, makesUp } from "../providers/simulated";

type Props = { entity: Entity; audience: string; field: Schemas["HubField"]; onMade: (name: string) => void };

/** The shortest way to an enrichment: one provider, inputs as they are guessed, and a limit. */
export function NewFill({ entity, audience, field, onMade }: Props) {
  const fields = useQuery(fieldsQuery(entity)).data?.items;
  const providers = useQuery(providersQuery).data?.items;
  const create = useCreateEnrichment();
  const usd = useCreditUSD();
  const [chosen, setChosen] = useState<string>();
  const [credits, setCredits] = useState("");
  if (!fields || !providers) return null;
  const wanted = fields.find((f) => f.field === field.field);
  const all = providers
    .flatMap((p) => p.operations.map((op) => ({ p, op })))
    .filter(
      ({ op }) => !isModel(op) && op.id !== "formula" && (!op.entity || op.entity === entity) && fills(op, wanted),
    );
  const offered = all.filter(({ p }) => p.ready);
  if (offered.length === 0) return <NoProvider label={field.label} would={[...new Set(all.map(({ p }) => p))]} />;
  const op = (offered.find((o) => o.op.id === chosen) ?? offered[0])?.op;
  if (!op) return null;
  const good = !creditsError(credits) && micro(credits) > 0n;
  const make = () => {
    const step = stepOf(op, fields, entity);
    const draft = {
      ...emptyDraft(audience),
      steps: [step],
      outputs: guessOutputs(outputsOf(step, op), fields, field.field),
      limit: { credits: credits.trim() },
    };
    create.mutate({ label: `Find ${field.label}`, ...draft }, { onSuccess: (made) => onMade(made.name) });
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (good) make();
      }}
    >
      <Stack gap="sm">
        <Radio.Group value={op.id} onChange={setChosen} label="Ask">
          <Stack gap={6} mt={6}>
            {offered.map((o) => (
              <Radio
                key={o.op.id}
                value={o.op.id}
                label={`${o.op.title} (${o.p.title})`}
                description={[from(o.op, fields, entity), makesUp(o.p) && madeUp].filter(Boolean).join(". ")}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Group align="flex-start" gap="sm">
          <TextInput
            label="Spend at most, in credits"
            w={190}
            inputMode="decimal"
            placeholder="100"
            value={credits}
            onChange={(e) => setCredits(e.currentTarget.value)}
            error={creditsError(credits) ?? (credits.trim() && micro(credits) <= 0n ? "More than 0" : undefined)}
            required
          />
        </Group>
        <LimitWords credits={credits} per="lifetime" usd={usd} />
        <ErrorNote error={create.error} />
        <Group gap="sm">
          <May to="edit">
            <Button type="submit" disabled={!good} loading={create.isPending}>
              Make it, then try 10 rows
            </Button>
          </May>
          <Text c="dimmed" size="xs">
            Making it spends nothing.
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

/** What the operation would be given: "from Name and Company domain". */
function from(op: Schemas["OperationInfo"], fields: Schemas["Field"][], entity: Entity): string {
  const inputs = Object.values((stepOf(op, fields, entity).inputs ?? {}) as Record<string, string>);
  const names = inputs.map((key) => fields.find((f) => f.field === key)?.label ?? key);
  return names.length ? `from ${names.join(" and ")}` : "its inputs are chosen in the editor";
}

/** Nobody connected gives it: who would, and the two ways on, a key of theirs or the simulated provider. */
function NoProvider({ label, would }: { label: string; would: Schemas["ProviderView"][] }) {
  const made = would.find(makesUp);
  const others = would.filter((p) => !makesUp(p));
  return (
    <Stack gap={8}>
      <Text>
        No connected provider gives {label}.
        {others.length > 0 && ` Connect ${others.length > 1 ? "one of these" : "this one"} with a key of yours:`}
      </Text>
      <Group gap="xs">
        {others.map((p) => (
          <KeyDialog key={p.name} of={p} label={p.title} plain />
        ))}
      </Group>
      {made && <Simulate />}
      <Text c="dimmed">An AI model or a formula can fill it too, in a new enrichment.</Text>
    </Stack>
  );
}

import { ActionIcon, Badge, Button, Group, Menu, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Entity, Schemas } from "../../../api/client";
import { providersQuery } from "../../../api/queries/providers";
import { creditsText, micro } from "../../../ui/money";
import { NotReady } from "../../providers/NotReady";
import { madeUp, makesUp, simulatedStep } from "../../providers/simulated";
import { whyNot } from "../../providers/why";
import { Accept } from "./Accept";
import { fills, guessOutputs, isModel, outputsOf, type StepBody, stepOf } from "./draft";
import { FormulaForm } from "./FormulaForm";
import { useFault } from "./fault";
import { InputsForm } from "./InputsForm";
import { ModelForm } from "./ModelForm";
import { OptionsForm } from "./OptionsForm";

type Props = {
  entity: Entity;
  fields: Schemas["Field"][];
  audience: string[];
  wanted?: string;
  steps: StepBody[];
  onChange: (steps: StepBody[], outputs?: Record<string, string>) => void;
};

/** The waterfall: one card a step, its form made from the provider's description. */
export function Steps({ entity, fields, audience, wanted, steps, onChange }: Props) {
  const providers = useQuery(providersQuery).data?.items ?? [];
  const find = (id: string) =>
    providers.flatMap((p) => p.operations.map((op) => ({ p, op }))).find((x) => x.op.id === id);
  const set = (i: number, step: StepBody) => onChange(steps.map((s, j) => (j === i ? step : s)));
  const move = (i: number, by: number) => {
    const next = [...steps];
    const [step] = next.splice(i, 1);
    if (step) next.splice(i + by, 0, step);
    onChange(next);
  };
  const add = (op: Schemas["OperationInfo"]) => {
    const step = stepOf(op, fields, entity);
    onChange([...steps, step], guessOutputs(outputsOf(step, op), fields, wanted));
  };
  const instead = (i: number, step: StepBody, op: Schemas["OperationInfo"]) => {
    const other = simulatedStep(step, op, providers, fields, entity);
    return other && (() => set(i, other));
  };
  const known = { entity, fields, audience };
  const fault = useFault();
  return (
    <Stack gap="sm">
      {steps.map((step, i) => {
        const at = find(step.provider);
        return (
          <div key={i} className="panel" style={{ padding: 12 }}>
            <Group justify="space-between" mb="xs" wrap="nowrap">
              <Group gap="xs">
                <Badge color="gray">{i + 1}</Badge>
                <Text fw={550}>{at ? at.op.title : providers.length > 0 ? "A provider that is gone" : ""}</Text>
                {at && (
                  <Text c="dimmed" size="xs">
                    {[at.p.title !== at.op.title && at.p.title, costs(at.p, at.op)].filter(Boolean).join(" · ")}
                  </Text>
                )}
              </Group>
              <Group gap={2} wrap="nowrap">
                <ActionIcon aria-label="Earlier" disabled={i === 0} onClick={() => move(i, -1)}>
                  <IconArrowUp size={14} />
                </ActionIcon>
                <ActionIcon aria-label="Later" disabled={i === steps.length - 1} onClick={() => move(i, 1)}>
                  <IconArrowDown size={14} />
                </ActionIcon>
                <ActionIcon aria-label="Remove the step" onClick={() => onChange(steps.filter((_, j) => j !== i))}>
                  <IconX size={14} />
                </ActionIcon>
              </Group>
            </Group>
            <Stack gap="xs">
              {at && !at.p.ready && <NotReady of={at.p} onInstead={instead(i, step, at.op)} />}
              {at && makesUp(at.p) && at.p.ready && (
                <Text c="dimmed" size="xs">
                  {madeUp}
                </Text>
              )}
              {isModel(at?.op) || step.prompt !== undefined ? (
                <ModelForm {...known} at={`steps[${i}]`} step={step} onChange={(s) => set(i, s)} />
              ) : step.formula ? (
                <FormulaForm {...known} at={`steps[${i}]`} step={step} onChange={(s) => set(i, s)} />
              ) : (
                <InputsForm {...known} at={`steps[${i}]`} step={step} op={at?.op} onChange={(s) => set(i, s)} />
              )}
              <OptionsForm
                params={at?.op.options ?? []}
                value={(step.options ?? {}) as Record<string, unknown>}
                onChange={(options) => set(i, { ...step, options })}
              />
              <StepFault at={`steps[${i}]`} />
              <Accept op={at?.op} step={step} onChange={(s) => set(i, s)} />
              <TextInput
                label="Ask this step only if"
                className="mono-input"
                placeholder="always"
                error={fault(`steps[${i}].when`)}
                value={step.when ?? ""}
                onChange={(e) => set(i, { ...step, when: e.currentTarget.value || undefined })}
              />
            </Stack>
          </div>
        );
      })}
      <AddStep
        providers={providers}
        entity={entity}
        field={fields.find((f) => f.field === wanted)}
        first={steps.length === 0}
        onAdd={add}
      />
    </Stack>
  );
}

/** What is wrong with a step as a whole: its provider, its options, the shape of its answer. */
function StepFault({ at }: { at: string }) {
  const fault = useFault();
  const said = [at, `${at}.provider`, `${at}.options`, `${at}.output`, `${at}.outputs`, `${at}.accept`]
    .map((key) => fault(key))
    .find(Boolean);
  const fields = ["prompt", "system", "model", "max_output_tokens", "when", "inputs", "formula"]; // each says its own
  if (!said || fields.some((key) => fault(`${at}.${key}`))) return null;
  return (
    <Text c="red" size="xs" role="alert">
      {said}
    </Text>
  );
}

/** What an operation does; a formula and a model have no title but their provider's. */
const task = (o: Schemas["OperationInfo"]) =>
  o.id === "formula" ? "Work it out from other fields" : isModel(o) ? "Ask a model to write, sort or score" : o.title;

/** What an operation costs, before it is chosen: its vendor's units, and their price in credits. */
function costs(p: Schemas["ProviderView"], o: Schemas["OperationInfo"]): string {
  if (o.id === "formula") return "free";
  if (makesUp(p)) return isModel(o) ? "US$0.01 an answer" : (o.billing ?? "");
  if (isModel(o)) return "by the model's price for tokens";
  if (!o.billing || o.billing === "free" || micro(p.unit_credits) === micro("1")) return o.billing ?? "";
  const one = p.unit_credits ? `one is ${creditsText(p.unit_credits)} here` : "their price is not set yet";
  return `${o.billing} (${p.title}'s own credits; ${one})`;
}

/** What can be asked comes first, then what needs no key. */
const rank = (p: Schemas["ProviderView"]) => 2 * Number(p.ready) + Number(makesUp(p));

type AddProps = {
  providers: Schemas["ProviderView"][];
  entity: Entity;
  field: Schemas["Field"] | undefined;
  first: boolean;
  onAdd: (op: Schemas["OperationInfo"]) => void;
};

function AddStep({ providers, entity, field, first, onAdd }: AddProps) {
  const offered = providers
    .map((p) => ({ p, ops: p.operations.filter((o) => (!o.entity || o.entity === entity) && fills(o, field)) }))
    .filter((x) => x.ops.length > 0)
    .sort((a, b) => rank(b.p) - rank(a.p));
  return (
    <Menu position="bottom-start" width={380} shadow="md">
      <Menu.Target>
        <Button
          variant={first ? "filled" : "default"}
          leftSection={<IconPlus size={14} />}
          style={{ alignSelf: "flex-start" }}
        >
          {first ? "Choose a provider" : "Add a step: asked when the ones above have nothing"}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={380} style={{ overflowY: "auto" }}>
        {offered.map(({ p, ops }) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a menu
          <div key={p.name} role="group" aria-label={p.title}>
            <Menu.Label>
              {p.title}
              {p.ready
                ? p.calls > 0
                  ? ` · found ${Math.round((100 * p.found) / p.calls)}% so far, ${creditsText(p.cost_per_hit_credits)} a hit`
                  : ""
                : ` · ${whyNot(p)}`}
            </Menu.Label>
            {ops.map((o) => (
              <Menu.Item key={o.id} onClick={() => onAdd(o)}>
                {task(o)}
                {costs(p, o) && (
                  <Text size="xs" c="dimmed">
                    {costs(p, o)}
                  </Text>
                )}
              </Menu.Item>
            ))}
          </div>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

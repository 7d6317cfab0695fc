import {
  ActionIcon,
  Autocomplete,
  Button,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../../api/client";
import { modelsQuery, pricesQuery } from "../../../api/queries/providers";
import { useWhyNot } from "../../../ui/Permitted";
import { modelChoices, pricesOf, type StepBody } from "./draft";
import { useFault } from "./fault";
import type { Known } from "./known";
import { Preview } from "./Preview";
import { PromptEditor, placeholders } from "./PromptEditor";

type Output = Record<string, { type?: string; [k: string]: unknown }>;

type Props = { at: string; step: StepBody; onChange: (s: StepBody) => void };

/** An AI step, `at` its place in the definition: model, prompt, and the answer's shape. */
export function ModelForm({ at, step, onChange, ...known }: Known & Props) {
  const fault = useFault();
  const prices = pricesOf(step.provider, useQuery(pricesQuery).data?.items ?? []);
  const price = prices.find((p) => p.model === step.model);
  const mayAsk = !useWhyNot("edit") && step.provider.startsWith("llm/");
  const offered = useQuery(modelsQuery(step.provider, mayAsk)).data?.items ?? [];
  const models = modelChoices(
    offered,
    prices.map((p) => p.model),
  );
  const set = (part: Partial<StepBody>) => onChange({ ...step, ...part });
  return (
    <Stack gap="xs">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Autocomplete
          label="Model"
          error={fault(`${at}.model`)}
          data={models}
          limit={60}
          renderOption={({ option }) => (
            <Priced model={option.value} price={prices.find((p) => p.model === option.value)} />
          )}
          value={step.model ?? ""}
          onChange={(model) => set({ model })}
          description={
            step.provider.startsWith("llm/sandbox")
              ? "Made up, at US$0.01 an answer"
              : price
                ? `US$${price.input_usd} in, US$${price.output_usd} out, per million tokens`
                : step.model
                  ? "No price is known: set one under Providers"
                  : undefined
          }
          inputWrapperOrder={["label", "input", "description", "error"]}
        />
        <NumberInput
          label="Maximum answer length, in tokens"
          error={fault(`${at}.max_output_tokens`)}
          min={1}
          value={step.max_output_tokens ?? ""}
          onChange={(v) => set({ max_output_tokens: v === "" ? undefined : Number(v) })}
        />
      </SimpleGrid>
      <PromptEditor
        label="Prompt"
        error={fault(`${at}.prompt`)}
        value={step.prompt ?? ""}
        placeholder="Write one friendly line to {{ first_name }}, who is {{ title }} at {{ company.name }}."
        onChange={(prompt) => set({ prompt })}
        {...known}
      />
      <PromptEditor
        label="Instructions (optional)"
        error={fault(`${at}.system`)}
        value={step.system ?? ""}
        placeholder="Applies to every record: tone, what to leave out."
        onChange={(system) => set({ system: system || undefined })}
        {...known}
      />
      <Preview {...known} of={placeholders(step.prompt ?? "")} prompt={step.prompt} />
      <Shape value={(step.output ?? {}) as Output} onChange={(output) => set({ output })} />
    </Stack>
  );
}

/** A model to choose, with what it costs. */
function Priced({ model, price }: { model: string; price: Schemas["ModelPrice"] | undefined }) {
  return (
    <Group justify="space-between" wrap="nowrap" w="100%" gap="md">
      <span>{model}</span>
      {price && (
        <Text span size="xs" c="dimmed" className="tabular">
          US${price.input_usd} in, US${price.output_usd} out
        </Text>
      )}
    </Group>
  );
}

/** The fields of the answer, as a JSON schema of one level. */
function Shape({ value, onChange }: { value: Output; onChange: (v: Output) => void }) {
  const rename = (from: string, to: string) =>
    onChange(Object.fromEntries(Object.entries(value).map(([k, v]) => [k === from ? to : k, v])));
  return (
    <div>
      <Text size="xs" fw={500} mb={4}>
        The answer has
      </Text>
      <Stack gap={6}>
        {Object.entries(value).map(([name, schema], i) => (
          <Group key={i} gap={6}>
            <TextInput
              aria-label="Output name"
              value={name}
              onChange={(e) => rename(name, e.currentTarget.value.replace(/\W/g, "_"))}
            />
            <Select
              aria-label="Output type"
              w={130}
              data={[
                { value: "string", label: "text" },
                { value: "number", label: "number" },
                { value: "integer", label: "whole number" },
                { value: "boolean", label: "yes or no" },
              ]}
              value={schema.type ?? "string"}
              allowDeselect={false}
              onChange={(type) => onChange({ ...value, [name]: { ...schema, type: type ?? "string" } })}
            />
            <ActionIcon
              aria-label={`Remove ${name}`}
              onClick={() => onChange(Object.fromEntries(Object.entries(value).filter(([k]) => k !== name)))}
            >
              <IconX size={14} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="subtle"
          leftSection={<IconPlus size={14} />}
          style={{ alignSelf: "flex-start" }}
          onClick={() => onChange({ ...value, [`output_${Object.keys(value).length + 1}`]: { type: "string" } })}
        >
          Another output
        </Button>
      </Stack>
    </div>
  );
}

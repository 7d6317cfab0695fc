import { Autocomplete, Stack, Text } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { paramLabel } from "../../../ui/labels";
import type { StepBody } from "./draft";
import { useFault } from "./fault";
import type { Known } from "./known";
import { expressions, fieldWords } from "./known";
import { Preview } from "./Preview";

/** The operation's inputs, each a field or an expression, beside real records. */
export function InputsForm({
  at,
  step,
  op,
  onChange,
  ...known
}: Known & { at: string; step: StepBody; op: Schemas["OperationInfo"] | undefined; onChange: (s: StepBody) => void }) {
  const fault = useFault();
  const inputs = (step.inputs ?? {}) as Record<string, string>;
  const set = (name: string, value: string) => {
    const next = { ...inputs };
    if (value) next[name] = value;
    else delete next[name];
    onChange({ ...step, inputs: next });
  };
  const enough =
    (op?.require_any ?? []).length === 0 ||
    (op?.require_any ?? []).some((set) => (set ?? []).every((n) => inputs[n as string]));
  return (
    <Stack gap="xs">
      {(op?.inputs ?? []).map((p) => (
        <Autocomplete
          key={p.name}
          label={paramLabel(p.name, op?.inputs)}
          error={fault(`${at}.inputs.${p.name}`)}
          data={expressions(known)}
          value={inputs[p.name] ?? ""}
          onChange={(v) => set(p.name, v)}
          description={fieldWords(inputs[p.name] ?? "", known)}
          inputWrapperOrder={["label", "input", "description", "error"]}
          renderOption={({ option }) => fieldWords(option.value, known) ?? option.value}
          placeholder="Choose a field"
          limit={12}
        />
      ))}
      {!enough && (
        <Text size="xs" c="orange">
          It needs{" "}
          {(op?.require_any ?? [])
            .map((set) => (set ?? []).map((n) => paramLabel(n, op?.inputs)).join(" + "))
            .join(", or ")}
          .
        </Text>
      )}
      <Preview {...known} of={inputs} called={(name) => paramLabel(name, op?.inputs)} />
    </Stack>
  );
}

import { MultiSelect } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { acceptable } from "../../../ui/status";
import type { StepBody } from "./draft";

type Props = { op: Schemas["OperationInfo"] | undefined; step: StepBody; onChange: (step: StepBody) => void };

/** The statuses of a result that the step takes, where its provider tells one. */
export function Accept({ op, step, onChange }: Props) {
  if (!op?.outputs?.some((o) => o.status) && !step.accept?.length) return null;
  return (
    <MultiSelect
      label="Take a result only if it is"
      description="Anything else is rejected: you are still billed for it, and the next step is tried."
      placeholder={step.accept?.length ? undefined : "anything but invalid"}
      data={acceptable}
      value={step.accept ?? []}
      onChange={(accept) => onChange({ ...step, accept: accept.length ? (accept as StepBody["accept"]) : undefined })}
      clearable
    />
  );
}

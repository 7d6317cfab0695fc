import { Stepper } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { Entity, Schemas } from "../../api/client";
import { Page } from "../../ui/Page";
import { CheckStep } from "./CheckStep";
import { FileStep } from "./FileStep";
import classes from "./ImportPage.module.css";
import { ImportResult } from "./ImportResult";
import { MapStep } from "./MapStep";
import { MatchStep } from "./MatchStep";
import { PastImports } from "./PastImports";
import type { Sample } from "./sample";

export type FieldType = Schemas["Field"]["type"];

/** What the wizard knows so far. */
export type Plan = {
  entity: Entity;
  file?: File;
  sample?: Sample;
  /** Column → field key, "" to leave it out, "+" for a field of its own. */
  mapping: Record<string, string>;
  /** Column → the type of its own field, where it is not the one that was offered. */
  types: Record<string, FieldType>;
  /** Column → the currency of its own field, where it is not the one that was offered. */
  currencies: Record<string, string>;
  source: string;
  /** Somebody said that the file is of the list whose name it has. */
  sameList: boolean;
  phoneKey: boolean;
  region: string;
  /** Lines above the headings; 0: the server finds them. */
  skipLines: number;
  /** How the letters are written, what stands between cells, which worksheet; "": the server finds it. */
  encoding: string;
  delimiter: string;
  sheet: string;
};

export type StepProps = { plan: Plan; change: (c: Partial<Plan>) => void; next: () => void; back: () => void };

const begin = (entity: Entity): Plan => ({
  entity,
  mapping: {},
  types: {},
  currencies: {},
  source: "",
  sameList: false,
  phoneKey: false,
  region: "",
  skipLines: 0,
  encoding: "",
  delimiter: "",
  sheet: "",
});

/**
 * A file, step by step: nothing is written before the last. What was imported
 * is in the address, so that leaving it for the import begins a new one.
 */
export function ImportPage() {
  const { entity = "people", id } = useSearch({ from: "/import" });
  const [step, setStep] = useState(0);
  const [plan, setPlan] = useState<Plan>(() => begin(entity));
  const [done, setDone] = useState<Schemas["ImportView"] | null>(null);
  const props: StepProps = {
    plan,
    change: (c) => setPlan((p) => ({ ...p, ...c })),
    next: () => setStep((s) => s + 1),
    back: () => setStep((s) => s - 1),
  };
  const go = useNavigate();
  useEffect(() => {
    if (id === undefined) return;
    return () => {
      setDone(null);
      setStep(0);
      setPlan((p) => begin(p.entity));
    };
  }, [id]);
  if (id !== undefined && id !== done?.id)
    return (
      <Page name="Import" title={`Import ${id}`}>
        <ImportResult id={id} />
      </Page>
    );
  return (
    <Page
      name="Import"
      title="Import"
      sub="From a CSV file or an Excel workbook. Importing the same file again creates no duplicates."
    >
      <Stepper
        active={step}
        onStepClick={setStep}
        size="xs"
        mb="lg"
        allowNextStepsSelect={false}
        iconSize={26}
        classNames={{ step: classes.step, stepBody: classes.body }}
      >
        <Stepper.Step label="File" allowStepSelect={!done} />
        <Stepper.Step label="Columns" allowStepSelect={!done && step > 1} />
        <Stepper.Step label="Match" allowStepSelect={!done && step > 2} />
        <Stepper.Step label="Check" allowStepSelect={!done && step > 3} />
        <Stepper.Step label="Done" allowStepSelect={false} />
      </Stepper>
      {step === 0 && (
        <>
          <FileStep {...props} />
          <PastImports />
        </>
      )}
      {step === 1 && <MapStep {...props} />}
      {step === 2 && <MatchStep {...props} />}
      {step === 3 && (
        <CheckStep
          {...props}
          onDone={(v) => {
            setDone(v);
            setStep(5); // one past the last: that is done too
            void go({ to: "/import", search: (s) => ({ ...s, id: v.id }), replace: true });
          }}
        />
      )}
      {step === 5 && done && (
        <ImportResult id={done.id} again={() => void go({ to: "/import", search: (s) => ({ ...s, id: undefined }) })} />
      )}
    </Page>
  );
}

import { Button, FileButton, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useState } from "react";
import type { Entity } from "../../api/client";
import { ErrorNote } from "../../ui/ErrorNote";
import { May, useWhyNot, WhyNot } from "../../ui/Permitted";
import classes from "./FileStep.module.css";
import type { StepProps } from "./ImportPage";
import { look } from "./sample";

/** Takes the file and asks the server what it holds and how it would map its columns. */
export function FileStep({ plan, change, next }: StepProps) {
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const why = useWhyNot("edit");
  const take = async (file: File | null | undefined) => {
    if (!file || why) return;
    setBusy(true);
    setError(null);
    try {
      const how = { skipLines: 0, encoding: "", delimiter: "", sheet: "" };
      change({ file, ...how, ...(await look(plan.entity, file, how)) });
      next();
    } catch (err) {
      setError(err);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="md" maw={640}>
      <SegmentedControl
        aria-label="What the file holds"
        w={240}
        value={plan.entity}
        onChange={(e) => change({ entity: e as Entity })}
        data={[
          { value: "people", label: "People" },
          { value: "companies", label: "Companies" },
        ]}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same */}
      <div
        className={classes.drop}
        data-over={over || undefined}
        onDragOver={(e) => {
          e.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(e) => {
          e.preventDefault();
          setOver(false);
          void take(e.dataTransfer.files[0]);
        }}
      >
        <IconFileImport size={28} color="var(--mantine-color-dimmed)" aria-hidden />
        <Text>Drop a CSV or XLSX file here, or</Text>
        <FileButton onChange={(f) => void take(f)} accept=".csv,.tsv,.txt,.xlsx,text/csv">
          {(props) => (
            <May to="edit">
              <Button {...props} loading={busy}>
                Choose a file
              </Button>
            </May>
          )}
        </FileButton>
        <Text c="dimmed" size="xs">
          Any common delimiter and encoding. One row should name the columns.
        </Text>
        <WhyNot to="edit" />
      </div>
      <ErrorNote error={error} />
    </Stack>
  );
}

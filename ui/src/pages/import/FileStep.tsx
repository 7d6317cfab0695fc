import { Button, FileButton, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useState } from "react";
import type { Entity } from "../../api/client";
import { sendImport } from "../../api/queries/imports";
import { ErrorNote } from "../../ui/ErrorNote";
import classes from "./FileStep.module.css";
import type { StepProps } from "./ImportPage";
import { readSample } from "./sample";

/** Takes the file and asks the server how it would map its columns. */
export function FileStep({ plan, change, next }: StepProps) {
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const take = async (file: File | null | undefined) => {
    if (!file) return;
    setBusy(true);
    setError(null);
    try {
      const sample = await readSample(file);
      if (sample.columns.length === 0) throw new Error(`${file.name} holds nothing.`);
      change({ file, sample, mapping: await guess(plan.entity, file, sample.columns) });
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
        <Text>Drop a CSV file here, or</Text>
        <FileButton onChange={(f) => void take(f)} accept=".csv,.tsv,.txt,text/csv">
          {(props) => (
            <Button {...props} loading={busy}>
              Choose a file
            </Button>
          )}
        </FileButton>
        <Text c="dimmed" size="xs">
          Commas, semicolons or tabs; UTF-8 or Windows. The first line names the columns.
        </Text>
      </div>
      <ErrorNote error={error} />
    </Stack>
  );
}

/** How the server maps the columns by their names; nothing is mapped if none fits. */
async function guess(entity: Entity, file: File, columns: string[]): Promise<Record<string, string>> {
  const begin = file.size > 65_536 ? new File([await wholeLines(file)], file.name) : file;
  const view = await sendImport({ entity, file: begin, dryRun: true }).catch(() => null);
  return Object.fromEntries(columns.map((c) => [c, view?.mapping[c] ?? ""]));
}

/** The file's beginning, up to the end of a line: enough to map its columns. */
async function wholeLines(file: File): Promise<Blob> {
  const bytes = new Uint8Array(await file.slice(0, 65_536).arrayBuffer());
  const end = bytes.lastIndexOf(10);
  return new Blob([bytes.slice(0, end > 0 ? end + 1 : bytes.length)]);
}

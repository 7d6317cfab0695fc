import { Autocomplete, Group, Select, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { kinds, type UndoOf } from "../../api/queries/undo";

const words: Record<(typeof kinds)[number], string> = {
  edit: "Edits",
  import: "Imports",
  run: "Enrichment runs",
  upsert: "Sent through the API",
  add: "Made by hand",
  merge: "Merges",
  split: "Splits",
  suppress: "Do not enrich",
  delete: "Deletions",
  undo: "Undos",
};

type Props = { of: UndoOf; actors: string[]; set: (of: UndoOf) => void };

/** What the list is narrowed to. Those that were seen in it are offered by name. */
export function UndoFilters({ of, actors, set }: Props) {
  const [by, setBy] = useState(of.by ?? "");
  useEffect(() => setBy(of.by ?? ""), [of.by]);
  const ask = (name: string) => {
    const asked = name.trim() || undefined;
    if (asked !== of.by) set({ ...of, by: asked });
  };
  return (
    <Group align="end" gap="sm" role="search" aria-label="Which changes">
      <Select
        label="Kind"
        placeholder="All"
        clearable
        w={190}
        data={kinds.map((value) => ({ value, label: words[value] }))}
        value={of.kind ?? null}
        onChange={(v) => set({ ...of, kind: kinds.find((k) => k === v) })}
      />
      <Autocomplete
        label="By"
        placeholder="Anybody"
        w={190}
        data={actors}
        value={by}
        onChange={setBy}
        onOptionSubmit={ask}
        onBlur={() => ask(by)}
        onKeyDown={(e) => e.key === "Enter" && ask(by)}
      />
      <TextInput
        type="date"
        label="From (UTC)"
        w={150}
        value={of.since ?? ""}
        onChange={(e) => set({ ...of, since: e.currentTarget.value || undefined })}
      />
      <TextInput
        type="date"
        label="To"
        w={150}
        value={of.until ?? ""}
        onChange={(e) => set({ ...of, until: e.currentTarget.value || undefined })}
      />
    </Group>
  );
}

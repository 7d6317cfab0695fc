import { Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { Values } from "./Values";

/** The values, disputed ones first, narrowed by name where there are many. */
export function AllValues({ record, className }: { record: Schemas["RecordDetail"]; className?: string }) {
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const fits = (v: Schemas["ValueDetail"]) =>
    wanted === "" || v.label.toLowerCase().includes(wanted) || v.field.includes(wanted);
  const disputed = record.values.filter((v) => v.disputed);
  const shown = [...disputed, ...record.values.filter((v) => !v.disputed)].filter(fits);
  return (
    <div className={className}>
      {record.values.length > 20 && (
        <TextInput
          aria-label="Find a field"
          placeholder="Find a field"
          leftSection={<IconSearch size={14} />}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
          mb={4}
          maw={280}
        />
      )}
      <Values record={record} shown={shown} />
      {shown.length === 0 && <Text c="dimmed">No field has that name.</Text>}
    </div>
  );
}

import { Chip, Group, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { HubTable } from "./HubTable";
import { listed, type Sort } from "./listed";

type Hub = Schemas["HubView"];

// As many fields are seen at once; who has more looks for one.
const many = 12;

/** The fields of a hub: found by name, narrowed to gaps, sorted. */
export function HubFields({ hub, beside, onGap }: { hub: Hub; beside?: Hub; onGap: (field: string) => void }) {
  const all = hub.fields ?? [];
  const [words, setWords] = useState("");
  const [gaps, setGaps] = useState(false);
  const [{ sort, desc }, setSort] = useState<{ sort: Sort; desc: boolean }>({ sort: "key", desc: false });
  const shown = listed(all, { words, gaps, records: hub.records, sort, desc });
  return (
    <>
      {all.length > many && (
        <Group mb="sm" gap="sm">
          <TextInput
            w={220}
            aria-label="Search fields"
            placeholder="Field or source"
            leftSection={<IconSearch size={14} />}
            value={words}
            onChange={(e) => setWords(e.currentTarget.value)}
          />
          <Chip size="xs" checked={gaps} onChange={setGaps}>
            Only gaps
          </Chip>
          {shown.length < all.length && (
            <Text size="sm" c="dimmed">
              {shown.length} of {all.length} fields
            </Text>
          )}
        </Group>
      )}
      <HubTable
        hub={hub}
        fields={shown}
        beside={beside}
        onGap={onGap}
        sort={sort}
        desc={desc}
        onSort={(by) => setSort({ sort: by, desc: by === sort ? !desc : by === "cost" || by === "age" })}
      />
      {shown.length === 0 && all.length > 0 && (
        <Text c="dimmed" ta="center" py="md">
          {gaps && !words ? "Every field is filled for everyone here." : "No matching fields."}
        </Text>
      )}
    </>
  );
}

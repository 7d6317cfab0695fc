import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { audienceCountQuery, useSaveAudience } from "../../api/queries/audiences";
import { ErrorNote } from "../../ui/ErrorNote";
import { useGuarded } from "../../ui/Guarded";
import { grouped } from "../../ui/grouped";
import { May, WhyNot } from "../../ui/Permitted";
import { useTag } from "../../ui/useTag";
import { type Draft, FilterEditor, useLiveCount } from "./FilterEditor";

/** Changes who is in. What would spend quietly is asked first. */
export function EditFilter({ audience: a }: { audience: Schemas["AudienceView"] & { tag?: string } }) {
  const [draft, setDraft] = useState<Draft>({ text: a.where });
  const [description, setDescription] = useState(a.description ?? "");
  const save = useSaveAudience();
  const now = useQuery(audienceCountQuery(a.name)).data?.count;
  const next = useLiveCount(a.entity, draft.text);
  const changed = draft.text !== a.where || description !== (a.description ?? "");
  const tag = useTag(a.tag, changed);
  const guarded = useGuarded(
    (confirm) =>
      save.mutateAsync({ name: a.name, audience: { entity: a.entity, where: draft.text, description, confirm }, tag }),
    () => notifications.show({ message: `${a.label} saved.` }),
  );
  if (a.builtin) return <Text c="dimmed">Every record of {a.entity} is in it. It is built in and has no filter.</Text>;
  const difference = now !== undefined && next.count !== undefined ? next.count - now : 0;
  return (
    <Stack gap="md" maw={1180}>
      <TextInput
        label="Description"
        maw={520}
        value={description}
        onChange={(e) => setDescription(e.currentTarget.value)}
      />
      <div className="panel" style={{ padding: 16 }}>
        <FilterEditor entity={a.entity} value={draft} onChange={setDraft} was={a.where} />
      </div>
      <ErrorNote error={guarded.error} />
      <Group>
        <May to="edit">
          <Button onClick={guarded.run} loading={guarded.busy} disabled={!changed || !!next.error}>
            Save
          </Button>
        </May>
        <WhyNot to="edit" />
        <Button
          variant="default"
          disabled={!changed}
          onClick={() => {
            setDraft({ text: a.where });
            setDescription(a.description ?? "");
          }}
        >
          Discard changes
        </Button>
        {changed && difference !== 0 && (
          <Text c="dimmed" className="tabular">
            {difference > 0 ? "+" : "−"}
            {grouped(Math.abs(difference))} than now
            {a.used_by.length > 0 ? `; followed by ${a.used_by.join(", ")}` : ""}
          </Text>
        )}
      </Group>
      {guarded.ask({ title: "This would spend", action: "Save and let them buy" })}
    </Stack>
  );
}

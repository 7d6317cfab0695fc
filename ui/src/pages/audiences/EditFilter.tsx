import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Schemas } from "../../api/client";
import { audienceCountQuery, audienceQuery, useSaveAudience } from "../../api/queries/audiences";
import { Changed, differences, isChanged } from "../../ui/Changed";
import { ErrorNote } from "../../ui/ErrorNote";
import { useGuarded } from "../../ui/Guarded";
import { grouped } from "../../ui/grouped";
import { May, WhyNot } from "../../ui/Permitted";
import { useReadables } from "./builder/useReadables";
import { type Draft, FilterEditor, useLiveCount } from "./FilterEditor";
import { filterInWords } from "./inWords";

type Audience = Schemas["AudienceView"] & { tag?: string };

/** Changes who is in. What would spend quietly is asked first. */
export function EditFilter({ audience: a }: { audience: Audience }) {
  const [began, setBegan] = useState(a);
  const over = useRef<string>(undefined); // whose tag is written over knowingly
  const [draft, setDraft] = useState<Draft>({ text: a.where });
  const [description, setDescription] = useState(a.description ?? "");
  const save = useSaveAudience();
  const now = useQuery(audienceCountQuery(a.name)).data?.count;
  const next = useLiveCount(a.entity, draft.text);
  const differsFrom = (of: Audience) => draft.text !== of.where || description !== (of.description ?? "");
  const changed = differsFrom(began);
  const take = (of: Audience) => {
    setBegan(of);
    setDraft({ text: of.where });
    setDescription(of.description ?? "");
  };
  // What somebody else saves is followed while nothing is changed here.
  if (a.tag !== began.tag) {
    if (!differsFrom(a)) setBegan(a);
    else if (!changed) take(a);
  }
  const queries = useQueryClient();
  const words = useReadables(a.entity === "companies" ? "companies" : "people").readables;
  const guarded = useGuarded(
    (confirm) =>
      save.mutateAsync({
        name: a.name,
        audience: { entity: a.entity, where: draft.text, description, confirm },
        tag: over.current ?? began.tag,
      }),
    () => {
      over.current = undefined;
      notifications.show({ message: `${a.label} saved.` });
    },
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
      {isChanged(guarded.error) ? (
        <Changed
          error={guarded.error}
          differs={
            a.tag === began.tag
              ? undefined
              : differences([
                  ["Filter", filterInWords(a.where, words), filterInWords(draft.text, words)],
                  ["Description", a.description, description],
                ])
          }
          busy={guarded.busy}
          reload={() => void queries.invalidateQueries({ queryKey: audienceQuery(a.name).queryKey })}
          onKeep={() => {
            over.current = a.tag;
            guarded.run();
          }}
          onTake={() => {
            guarded.forget();
            take(a);
          }}
        />
      ) : (
        <ErrorNote error={guarded.error} />
      )}
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
            guarded.forget();
            take(a);
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

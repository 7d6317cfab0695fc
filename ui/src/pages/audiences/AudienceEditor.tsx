import { Button, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Entity } from "../../api/client";
import { useSaveAudience } from "../../api/queries/audiences";
import { ErrorNote } from "../../ui/ErrorNote";
import { useGuarded } from "../../ui/Guarded";
import { typedName } from "../../ui/names";
import { Page } from "../../ui/Page";
import { May } from "../../ui/Permitted";
import { type Draft, FilterEditor } from "./FilterEditor";

export function NewAudiencePage() {
  const go = useNavigate();
  const search = useSearch({ from: "/audiences/new" });
  const [entity, setEntity] = useState<Entity>(search.entity ?? "people");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [draft, setDraft] = useState<Draft>({ text: search.where ?? "" });
  const save = useSaveAudience();
  const clean = name.replace(/-+$/, "");
  const guarded = useGuarded(
    (confirm) => save.mutateAsync({ name: clean, audience: { entity, where: draft.text, description, confirm } }),
    (a) => void go({ to: "/audiences/$name", params: { name: a.name } }),
  );
  return (
    <Page
      name="New audience"
      title="New audience"
      sub="Say who is in. It stays true by itself as records change."
      actions={
        <May to="edit">
          <Button onClick={guarded.run} loading={guarded.busy} disabled={!clean}>
            Save audience
          </Button>
        </May>
      }
    >
      <Stack gap="md">
        <Stack gap="sm" maw={520}>
          <TextInput
            label="Name"
            placeholder="engineering-leaders"
            required
            data-autofocus
            value={name}
            onChange={(e) => setName(typedName(e.currentTarget.value))}
          />
          <TextInput
            label="Description"
            placeholder="Optional: what it is for"
            value={description}
            onChange={(e) => setDescription(e.currentTarget.value)}
          />
          <SegmentedControl
            aria-label="Of what"
            w={220}
            value={entity}
            onChange={(e) => {
              setEntity(e as Entity);
              setDraft({ text: "" });
            }}
            data={[
              { value: "people", label: "People" },
              { value: "companies", label: "Companies" },
            ]}
          />
        </Stack>
        <div className="panel" style={{ padding: 16 }}>
          <FilterEditor entity={entity} value={draft} onChange={setDraft} />
        </div>
        <ErrorNote error={guarded.error} />
      </Stack>
      {guarded.ask({ title: "This would spend", action: "Save and let them buy" })}
    </Page>
  );
}

import { Button, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Entity } from "../../api/client";
import { useCreateAudience } from "../../api/queries/audiences";
import { ErrorNote } from "../../ui/ErrorNote";
import { Page } from "../../ui/Page";
import { May } from "../../ui/Permitted";
import { type Draft, FilterEditor } from "./FilterEditor";

export function NewAudiencePage() {
  const go = useNavigate();
  const search = useSearch({ from: "/audiences/new" });
  const [entity, setEntity] = useState<Entity>(search.entity ?? "people");
  const [label, setLabel] = useState("");
  const [description, setDescription] = useState("");
  const [draft, setDraft] = useState<Draft>({ text: search.where ?? "" });
  const create = useCreateAudience();
  const send = () =>
    create.mutate(
      { label, entity, where: draft.text, description: description || undefined },
      { onSuccess: (a) => void go({ to: "/audiences/$name", params: { name: a.name } }) },
    );
  return (
    <Page
      name="New audience"
      title="New audience"
      sub="Choose who belongs. Membership updates as records change."
      actions={
        <May to="edit">
          <Button onClick={send} loading={create.isPending} disabled={!label.trim()}>
            Save audience
          </Button>
        </May>
      }
    >
      <Stack gap="md">
        <Stack gap="sm" maw={520}>
          <TextInput
            label="Name"
            placeholder="Engineering leaders"
            required
            data-autofocus
            value={label}
            onChange={(e) => setLabel(e.currentTarget.value)}
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
        <ErrorNote error={create.error} />
      </Stack>
    </Page>
  );
}

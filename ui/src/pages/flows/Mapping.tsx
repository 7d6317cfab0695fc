import { ActionIcon, Autocomplete, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import type { Entity } from "../../api/client";
import { fieldsQuery } from "../../api/queries/records";
import { expressions, fieldWords } from "../enrichments/editor/known";
import type { Draft } from "./draft";

type Props = {
  draft: Draft;
  entity: Entity;
  /** What people call the service. */
  service?: string;
  fault: (key: string) => string | undefined;
  onChange: (change: Partial<Draft>) => void;
};

/** Which record it is there, and what is set of it, each from a field of ours. */
export function Mapping({ draft, entity, service, fault, onChange }: Props) {
  const fields = useQuery(fieldsQuery(entity)).data?.items ?? [];
  const known = { entity, fields, audience: [draft.audience] };
  const list = useRef<HTMLFieldSetElement>(null);
  const put = (i: number, change: Partial<Draft["fields"][number]>) =>
    onChange({ fields: draft.fields.map((f, at) => (at === i ? { ...f, ...change } : f)) });
  const ours = {
    data: expressions(known),
    limit: 12,
    inputWrapperOrder: ["label", "input", "description", "error"] as ("label" | "input" | "description" | "error")[],
    renderOption: ({ option }: { option: { value: string } }) => fieldWords(option.value, known) ?? option.value,
    placeholder: "Choose a field",
  };
  return (
    <>
      <Autocomplete
        {...ours}
        label={`Its id in ${service ?? "the service"}`}
        value={draft.id}
        error={fault("id")}
        description={fieldWords(draft.id, known)}
        onChange={(id) => onChange({ id })}
      />
      <fieldset ref={list} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Text component="legend" fw={500} size="sm" mb={4}>
          What is set there
        </Text>
        <Stack gap="xs">
          {draft.fields.map((f, i) => (
            <Group key={i} align="flex-start" gap="xs" wrap="nowrap">
              <TextInput
                aria-label={`What is set, line ${i + 1}`}
                placeholder={service === "HubSpot contacts" ? "Property, such as jobtitle" : "Name there"}
                style={{ flex: 1 }}
                value={f.property}
                error={fault(`fields.${i}`)}
                onChange={(e) => put(i, { property: e.currentTarget.value })}
              />
              <Text pt={6} c="dimmed" aria-hidden>
                ←
              </Text>
              <Autocomplete
                {...ours}
                aria-label={`From our field, line ${i + 1}`}
                style={{ flex: 1 }}
                value={f.value}
                description={fieldWords(f.value, known)}
                onChange={(value) => put(i, { value })}
              />
              <ActionIcon
                mt={4}
                aria-label={`Take line ${i + 1} out`}
                title="Take it out"
                disabled={draft.fields.length === 1}
                onClick={() => {
                  onChange({ fields: draft.fields.filter((_, at) => at !== i) });
                  list.current?.querySelector("input")?.focus();
                }}
              >
                <IconX size={14} />
              </ActionIcon>
            </Group>
          ))}
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={13} />}
            style={{ alignSelf: "flex-start" }}
            onClick={() => {
              onChange({ fields: [...draft.fields, { property: "", value: "" }] });
              const last = draft.fields.length + 1;
              requestAnimationFrame(() =>
                list.current?.querySelector<HTMLInputElement>(`[aria-label="What is set, line ${last}"]`)?.focus(),
              );
            }}
          >
            Another
          </Button>
        </Stack>
      </fieldset>
    </>
  );
}

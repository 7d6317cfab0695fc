import { Button, Checkbox, Group, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { ApiError, type Schemas } from "../../../api/client";
import { useBeginDefinition } from "../../../api/queries/providers";
import { ErrorNote } from "../../../ui/ErrorNote";
import { May } from "../../../ui/Permitted";
import { idOf, list } from "./text";

type Start = Schemas["Start"];

/** What is known of a vendor: a definition is written from it, with remarks on what is left to look up. */
export function Begin({ onBegun }: { onBegun: (definition: string) => void }) {
  const begin = useBeginDefinition();
  const [start, setStart] = useState<Start>({ id: "", entity: "people", method: "POST" });
  const [inputs, setInputs] = useState("full_name, company_domain=domain");
  const [outputs, setOutputs] = useState("email=email=body.email");
  const set = (part: Partial<Start>) => setStart({ ...start, ...part });
  const fault = begin.error instanceof ApiError ? String(begin.error.details.key ?? "") : "";
  const at = (key: string) => (fault === key || fault.startsWith(`${key}[`) ? begin.error?.message : undefined);
  const people = start.entity !== "companies";
  const field = (label: string, key: "base_url" | "path" | "operation" | "auth" | "price", placeholder: string) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={start[key] ?? ""}
      error={at(key)}
      onChange={(e) => set({ [key]: e.currentTarget.value || undefined })}
    />
  );
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        begin.mutate(
          { ...start, inputs: list(inputs), outputs: list(outputs) },
          { onSuccess: (d) => onBegun(d.definition) },
        );
      }}
    >
      <Stack className="panel" p="md" gap="sm" maw={820}>
        <Text>
          Open the vendor’s documentation beside this. What you leave out is filled in with what most vendors have, and
          can be changed in the next step.
        </Text>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <TextInput
            label="The vendor’s name"
            placeholder="Finder"
            data-autofocus
            value={start.name ?? ""}
            error={at("id")}
            onChange={(e) => set({ name: e.currentTarget.value, id: idOf(e.currentTarget.value) })}
          />
          {field("Address of its API", "base_url", "https://api.finder.example")}
          {field("What it is asked", "operation", "find_email")}
          <Select
            label="About"
            data={[
              { value: "people", label: "People" },
              { value: "companies", label: "Companies" },
            ]}
            value={start.entity}
            allowDeselect={false}
            onChange={(v) => {
              const companies = v === "companies";
              set({ entity: companies ? "companies" : "people" });
              setInputs(companies ? "domain=domain" : "full_name, company_domain=domain");
              setOutputs(companies ? "industry=text=body.industry" : "email=email=body.email");
            }}
          />
          <Select
            label="Method"
            data={["GET", "POST", "PUT"]}
            value={start.method}
            error={at("method")}
            allowDeselect={false}
            onChange={(v) => set({ method: v ?? "POST" })}
          />
          {field("Path", "path", "/v1/find")}
          {field("How the key goes along", "auth", "header X-Api-Key, query key, bearer, basic or none")}
          {field("The most that a call costs, in its credits", "price", "1")}
        </SimpleGrid>
        <TextInput
          label="What is sent"
          description="Names with their types (text unless said), parted by commas; each is a question that a field answers later"
          placeholder={people ? "full_name, company_domain=domain" : "domain=domain"}
          value={inputs}
          error={at("inputs")}
          onChange={(e) => setInputs(e.currentTarget.value)}
        />
        <TextInput
          label="What comes back"
          description="Each with its type and where it stands in the vendor’s answer, as in email=email=body.data.email; the first tells whether something was found"
          value={outputs}
          error={at("outputs")}
          onChange={(e) => setOutputs(e.currentTarget.value)}
        />
        <Checkbox
          label="It bills when it finds nothing, too"
          checked={start.charged_on_not_found ?? false}
          onChange={(e) => set({ charged_on_not_found: e.currentTarget.checked || undefined })}
        />
        <ErrorNote error={begin.error} />
        <Group>
          <May to="edit">
            <Button type="submit" loading={begin.isPending} disabled={start.id === ""}>
              Begin the definition
            </Button>
          </May>
        </Group>
      </Stack>
    </form>
  );
}

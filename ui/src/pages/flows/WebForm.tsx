import { Group, Select, Stack, Text, TextInput } from "@mantine/core";
import type { Web } from "./draft";

type Props = { of: Web; kept: boolean; fault: (key: string) => string | undefined; onChange: (of: Web) => void };

const auths = [
  { value: "bearer", label: "as a bearer token" },
  { value: "header", label: "in a header" },
  { value: "none", label: "no key" },
];

/** An address of one's own, and how it takes a record and a key. */
export function WebForm({ of, kept, fault, onChange }: Props) {
  const set = (change: Partial<Web>) => onChange({ ...of, ...change });
  if (kept)
    return (
      <Text size="sm" c="dimmed">
        How it is reached was written in a document, and stays as it is.
      </Text>
    );
  return (
    <Stack gap="xs">
      <Group align="flex-start" gap="xs">
        <TextInput
          label="Address"
          style={{ flex: 1 }}
          miw={220}
          autoComplete="off"
          placeholder="https://in.acme.example/people"
          value={of.address}
          error={fault("http")}
          onChange={(e) => set({ address: e.currentTarget.value })}
          description="Each record is a request with its id and what is set of it. {id} stands for the id in the address."
          inputWrapperOrder={["label", "input", "description", "error"]}
        />
        <Select
          label="Method"
          w={110}
          allowDeselect={false}
          data={["POST", "PUT", "PATCH"]}
          value={of.method}
          onChange={(method) => method && set({ method })}
        />
      </Group>
      <Group align="flex-start" gap="xs">
        <Select
          label="Key"
          w={180}
          allowDeselect={false}
          data={auths}
          value={of.auth}
          onChange={(auth) => auth && set({ auth: auth as Web["auth"] })}
        />
        {of.auth === "header" && (
          <TextInput
            label="Header"
            w={180}
            value={of.header}
            error={fault("http.header")}
            onChange={(e) => set({ header: e.currentTarget.value })}
          />
        )}
      </Group>
    </Stack>
  );
}

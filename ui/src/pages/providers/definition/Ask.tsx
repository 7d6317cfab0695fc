import { Alert, Button, Checkbox, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useCheckDefinition } from "../../../api/queries/providers";
import { ErrorNote } from "../../../ui/ErrorNote";
import { May } from "../../../ui/Permitted";

type Props = { definition: string; call: string };

/** Tries a key at the vendor by the definition's free call, before the provider is added. */
export function Ask({ definition, call }: Props) {
  const ask = useCheckDefinition();
  const [key, setKey] = useState("");
  const [free, setFree] = useState(false);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        ask.mutate({ definition, live: { key: key || undefined, units: "0" } });
      }}
    >
      <Stack className="panel" p="md" gap="sm" maw={640}>
        <Text fw={600}>Try a key at the vendor</Text>
        <PasswordInput
          label="Key"
          value={key}
          autoComplete="off"
          description="It is used once and not kept."
          onChange={(e) => setKey(e.currentTarget.value)}
        />
        <Checkbox
          label={`By the vendor’s documentation, ${call} costs nothing`}
          checked={free}
          onChange={(e) => setFree(e.currentTarget.checked)}
        />
        <ErrorNote error={ask.error} />
        {ask.data?.live && <Alert color="teal">{ask.data.live}</Alert>}
        <Group>
          <May to="rule">
            <Button type="submit" variant="default" disabled={!free} loading={ask.isPending}>
              Ask the vendor
            </Button>
          </May>
        </Group>
      </Stack>
    </form>
  );
}

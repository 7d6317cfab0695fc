import { Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { WhyMember } from "./Explain";
import { FindRecord } from "./FindRecord";

/** Asks of any record why it is in, or why not. */
export function WhyTab({ audience: a }: { audience: Schemas["AudienceView"] }) {
  const [id, setId] = useState<string | null>(null);
  return (
    <Stack gap="md" maw={640}>
      <FindRecord entity={a.entity} id={id} onChange={setId} />
      {id ? (
        <WhyMember audience={a.name} record={Number(id)} />
      ) : (
        <Text c="dimmed">Choose a record to see which conditions hold for it.</Text>
      )}
    </Stack>
  );
}

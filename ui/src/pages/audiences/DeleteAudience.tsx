import { ActionIcon, Alert, Text, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { useDeleteAudience } from "../../api/queries/audiences";
import { channelsQuery } from "../../api/queries/channels";
import { Confirm } from "../../ui/Confirm";
import { list } from "../enrichments/things";

export function DeleteAudience({ audience: a }: { audience: Schemas["AudienceView"] }) {
  const go = useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = useDeleteAudience();
  const channels = useQuery({ ...channelsQuery, enabled: asking }).data?.items ?? [];
  const named = channels.filter((c) => c.events.includes(`record.entered:${a.name}`)).map((c) => c.name);
  return (
    <>
      <Tooltip label="Delete the audience">
        <ActionIcon aria-label="Delete the audience" onClick={() => setAsking(true)}>
          <IconTrash size={16} />
        </ActionIcon>
      </Tooltip>
      <Confirm
        opened={asking}
        title={`Delete ${a.label}?`}
        action="Delete the audience"
        danger
        busy={remove.isPending}
        error={remove.error}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate(a.name, { onSuccess: () => void go({ to: "/audiences" }) })}
      >
        <Text>Its records stay: an audience is only a filter. It can’t be deleted while an enrichment uses it.</Text>
        {named.length > 0 && (
          <Alert color="yellow" title={`${list(named)} ${named.length === 1 ? "tells" : "tell"} who enters it`}>
            That ends with the audience, and everything else that {named.length === 1 ? "it tells" : "they tell"} goes
            on. An audience that is given the same name later is told of again.
          </Alert>
        )}
      </Confirm>
    </>
  );
}

import { ActionIcon, Text, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { useDeleteAudience } from "../../api/queries/audiences";
import { Confirm } from "../../ui/Confirm";

export function DeleteAudience({ audience: a }: { audience: Schemas["AudienceView"] }) {
  const go = useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = useDeleteAudience();
  return (
    <>
      <Tooltip label="Delete the audience">
        <ActionIcon aria-label="Delete the audience" onClick={() => setAsking(true)}>
          <IconTrash size={16} />
        </ActionIcon>
      </Tooltip>
      <Confirm
        opened={asking}
        title={`Delete ${a.name}?`}
        action="Delete the audience"
        danger
        busy={remove.isPending}
        error={remove.error}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate(a.name, { onSuccess: () => void go({ to: "/audiences" }) })}
      >
        <Text>Its records stay: an audience is only a filter. It is refused while an enrichment is pointed at it.</Text>
      </Confirm>
    </>
  );
}

import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ApiError, type Schemas } from "../../../api/client";
import { useSaveEnrichment } from "../../../api/queries/enrichments";
import { providersQuery } from "../../../api/queries/providers";
import { fieldsQuery } from "../../../api/queries/records";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Only } from "../../../ui/Permitted";
import { NotReady } from "../../providers/NotReady";
import { simulatedStep } from "../../providers/simulated";
import { draftOf } from "../editor/draft";

type Props = { of: Schemas["EnrichmentView"]; error: unknown; retry?: () => void };

/** What went wrong; where a provider of the steps cannot be asked yet, with the ways on from here. */
export function Unready({ of, error, retry }: Props) {
  const all = useQuery(providersQuery).data?.items ?? [];
  const fields = useQuery(fieldsQuery(of.entity)).data?.items ?? [];
  const save = useSaveEnrichment();
  const name = error instanceof ApiError ? error.details.provider : undefined;
  const p = all.find((x) => x.name === name);
  if (!p || p.ready) return <ErrorNote error={error} retry={retry} />;
  const draft = draftOf(of.definition);
  const steps = draft.steps.map((step) => {
    const op = p.operations.find((o) => o.id === step.provider);
    return op ? (simulatedStep(step, op, all, fields, of.entity) ?? step) : step;
  });
  const changes = JSON.stringify(steps) !== JSON.stringify(draft.steps);
  const instead = () => save.mutate({ name: of.name, definition: { ...draft, steps } });
  return (
    <Stack gap="xs">
      <NotReady of={p} onInstead={changes ? instead : undefined} />
      <ErrorNote error={save.error} />
      <Only to="edit">
        <Button
          component={Link}
          to={`/enrichments/${of.name}/edit`}
          variant="subtle"
          size="xs"
          style={{ alignSelf: "flex-start" }}
        >
          Change its steps
        </Button>
      </Only>
    </Stack>
  );
}

import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { type Destination, useCheckDestination, useTurnOn } from "../../api/queries/flows";
import { isChanged } from "../../ui/Changed";
import { Dialog } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/ErrorNote";
import { grouped } from "../../ui/grouped";
import { useAudienceLabel } from "../../ui/labels";
import { count } from "../../ui/time";
import { Waiting } from "../../ui/Waiting";
import { CheckResult } from "./CheckResult";
import { looked } from "./words";

/**
 * Turns a destination on, after its dry run and a question: what is written elsewhere cannot be taken back. Where
 * somebody has changed it since the dry run, nothing is turned on before that is looked at.
 */
export function TurnOn({ of, onClose }: { of: Destination; onClose: () => void }) {
  const audience = useAudienceLabel()(of.audience);
  const on = useTurnOn(of.name);
  const { mutate: look, ...check } = useCheckDestination(of.name);
  const [whom, setWhom] = useState("all");
  const [seen, setSeen] = useState(of.tag);
  useEffect(() => look(looked), [look]);
  const lookAgain = () => {
    setSeen(of.tag);
    on.reset();
    look(looked);
  };
  const found = check.data;
  return (
    <Dialog opened onClose={onClose} title={`Turn ${of.label} on?`} size="lg">
      <Stack gap="sm">
        {check.isPending && <Waiting />}
        <ErrorNote error={check.error} retry={() => look(looked)} />
        {found && (
          <>
            <CheckResult of={found} />
            <Radio.Group label="Whom it sends" value={whom} onChange={setWhom}>
              <Stack gap={6} mt={4}>
                <Radio
                  value="all"
                  label={`The ${count(found.audience, "record")} of ${audience} now, and then ${when(of)}`}
                />
                <Radio value="new" label={`From now on alone, ${when(of)}`} />
              </Stack>
            </Radio.Group>
            <Text c="dimmed" size="sm">
              {of.write === "overwrite" ? "It writes over what is there" : "It writes only what is blank there"}, at{" "}
              {of.host}. That cannot be taken back from here
              {found.calls > 0 && whom === "all" ? `; it takes ${grouped(found.calls)} or more requests` : ""}. The log
              keeps what was there before, where the service says it.
            </Text>
          </>
        )}
        <ErrorNote error={on.error} retry={isChanged(on.error) ? lookAgain : undefined} />
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            disabled={!found}
            loading={on.isPending}
            onClick={() => on.mutate({ confirm: true, new_only: whom === "new", tag: seen }, { onSuccess: onClose })}
          >
            {whom === "all" ? "Write them" : "Turn it on"}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** When a record is sent, in words. */
export function when({ on }: Pick<Destination, "on">): string {
  if (!on.includes("changed")) return "as records enter";
  return on.includes("entered") ? "as records enter or change" : "as records change";
}

import { Badge, Button, Group, Spoiler, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fragment } from "react";
import type { Schemas } from "../../api/client";
import { useSaveEnrichment, versionsQuery } from "../../api/queries/enrichments";
import { ErrorNote } from "../../ui/ErrorNote";
import { useAudienceLabel, useFieldLabel, useProviderTitle } from "../../ui/labels";
import { May } from "../../ui/Permitted";
import { TimeAgo } from "../../ui/TimeAgo";
import { changedLines, definitionLines } from "./definitionWords";
import classes from "./Versions.module.css";

/** What changed, when and by whom; values of older logic are stale, not deleted. */
export function Versions({ name, entity }: { name: string; entity: string }) {
  const names = { audience: useAudienceLabel(), field: useFieldLabel(entity), provider: useProviderTitle() };
  const { data, error } = useQuery(versionsQuery(name));
  const items = data?.items ?? [];
  const save = useSaveEnrichment();
  // The limit stays as it is: a version is what is asked, not what may be spent.
  const back = (d: Schemas["Definition"]) =>
    save.mutate({ name, definition: { ...structuredClone(d), limit: undefined } as Schemas["DefinitionBody"] });
  return (
    <Stack gap="sm">
      <ErrorNote error={error ?? save.error} />
      {items.map((v, i) => (
        <div key={v.version} className="panel" style={{ padding: 12 }}>
          <Group gap="xs" mb={6}>
            <Text fw={600}>Version {v.version}</Text>
            {v.logic && i < items.length - 1 && <Badge color="orange">changed what is asked</Badge>}
            <Text c="dimmed">
              {v.actor}, <TimeAgo at={v.at} />
            </Text>
            {i > 0 && (
              <May to="edit">
                <Button size="compact-xs" variant="default" loading={save.isPending} onClick={() => back(v.definition)}>
                  Go back to version {v.version}
                </Button>
              </May>
            )}
          </Group>
          {changedLines(items[i + 1]?.definition, v.definition, names).map((line) => (
            <Text key={line} size="xs">
              {line}
            </Text>
          ))}
          <Spoiler maxHeight={0} showLabel="Show all of it" hideLabel="Hide" fz="xs">
            <dl className={classes.lines}>
              {definitionLines(v.definition, names).map(([topic, text]) => (
                <Fragment key={topic}>
                  <dt>{topic}</dt>
                  <dd>{text}</dd>
                </Fragment>
              ))}
            </dl>
          </Spoiler>
        </div>
      ))}
    </Stack>
  );
}
